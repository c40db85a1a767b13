import { Button } from "@mantine/core";
import { IconKeyOff, IconPlus } from "@tabler/icons-react";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { type ApiKey, listKeys, revokeKey } from "../api/admin";
import { notifyDone, notifyFailed } from "../notify/notices";
import { useMay } from "../session/hooks";
import { PageState } from "../ui/PageState";
import tones from "../ui/tones.module.css";
import { AdminPage, AdminTable } from "./AdminPage";
import classes from "./AdminPage.module.css";
import { Confirm, type Question } from "./Confirm";
import { NewKeyDialog } from "./NewKeyDialog";
import { When } from "./When";

/** `/api-keys` */
export function Component() {
  const [creating, setCreating] = useState(false);
  return (
    <AdminPage
      title="API keys"
      detail="With these, programs come in. A service can have two live keys, so that it can go over from one to the next."
      needs="keys:manage"
      action={
        <Button leftSection={<IconPlus size={16} stroke={2.2} aria-hidden />} onClick={() => setCreating(true)}>
          New key
        </Button>
      }
    >
      <KeyTable />
      <NewKeyDialog opened={creating} onClose={() => setCreating(false)} />
    </AdminPage>
  );
}

const STATE_TONES = { live: tones.green, expired: tones.amber, revoked: tones.gray } as const;

function KeyTable() {
  const may = useMay();
  const keys = useQuery({ queryKey: ["api-keys"], queryFn: listKeys, enabled: may("keys:manage") });
  const [question, setQuestion] = useState<Question | null>(null);
  const revoke = useRevokeKey();
  if (keys.isError) return <PageState title="The keys could not be loaded" detail={keys.error.message} />;
  if (!keys.data) return <PageState busy title="Loading the keys" />;
  if (keys.data.length === 0) {
    return <PageState icon={<IconKeyOff size={22} stroke={1.6} />} title="No keys yet" />;
  }
  const ask = (key: ApiKey) =>
    setQuestion({
      title: "Revoke this key?",
      text: `${key.service} cannot use ${key.hint}… any more, from now on. This cannot be undone.`,
      confirm: "Revoke key",
      onConfirm: () => revoke.mutate(key),
    });
  return (
    <>
      <AdminTable
        label="API keys"
        columns={["Service", "Key", "May", "State", "Expires", "Last used", "Created by", "Actions"]}
      >
        {keys.data.map((key) => (
          <tr key={key.key_id}>
            <td data-label="Service">{key.service}</td>
            <td data-label="Key" className={classes.nowrap}>
              <code>{key.hint}…</code>
            </td>
            <td data-label="May">{key.scopes.join(", ")}</td>
            <td data-label="State">
              <span>
                <span className={`${classes.state} ${STATE_TONES[key.state]}`}>{key.state}</span>
              </span>
            </td>
            <td data-label="Expires">
              <When at={key.expires_at} />
            </td>
            <td data-label="Last used">
              <When at={key.last_used_at} />
            </td>
            <td data-label="Created by">{key.created_by}</td>
            <td data-label="Actions">
              {key.state === "live" && (
                <Button
                  variant="default"
                  size="xs"
                  aria-label={`Revoke ${key.hint} of ${key.service}`}
                  onClick={() => ask(key)}
                >
                  Revoke
                </Button>
              )}
            </td>
          </tr>
        ))}
      </AdminTable>
      <Confirm question={question} onClose={() => setQuestion(null)} />
    </>
  );
}

function useRevokeKey() {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: (key: ApiKey) => revokeKey(key.key_id),
    onSuccess: (_, key) => {
      notifyDone(`A key of ${key.service} was revoked.`);
      return queries.invalidateQueries({ queryKey: ["api-keys"] });
    },
    onError: (error) => notifyFailed("The key was not revoked.", error),
  });
}
