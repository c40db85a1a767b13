import { Button, Group, Menu, Modal, Stack, Text, TextInput } from "@mantine/core";
import { IconBookmark, IconCheck, IconLink, IconPlus, IconTrash } from "@tabler/icons-react";
import { type SubmitEvent, useState } from "react";
import { useSearchParams } from "react-router";
import { notifyDone, notifyFailed } from "../notify/notices";
import classes from "./EventToolbar.module.css";
import { readAddress, writeAddress } from "./listAddress";
import { type SavedView, useSavedViews, VIEW_NAME_CHARS } from "./savedViews";

const ALL_EVENTS: SavedView = { name: "All events", address: "" };

/** The lists that the user comes back to: opened, kept, linked to and removed. */
export function ViewsMenu() {
  const [params, setParams] = useSearchParams();
  const [saving, setSaving] = useState(false);
  const { views, store } = useSavedViews();
  const address = writeAddress(readAddress(params)).toString();
  const current = [ALL_EVENTS, ...views].find((view) => view.address === address);
  const open = (view: SavedView) =>
    setParams((before) => writeAddress(readAddress(new URLSearchParams(view.address)), before));
  const copyLink = async () => {
    const url = `${window.location.origin}/events${address && `?${address}`}`;
    try {
      await navigator.clipboard.writeText(url);
      notifyDone("The link to this view was copied.");
    } catch {
      notifyFailed("The link was not copied.", new Error(`The browser does not allow it. It is ${url}`));
    }
  };
  return (
    <>
      <Menu position="bottom-end" width={260} returnFocus>
        <Menu.Target>
          <Button
            variant="default"
            className={classes.tool}
            aria-label={`Views: ${current?.name ?? "not saved"}`}
            leftSection={<IconBookmark size={16} stroke={1.8} aria-hidden />}
          >
            <span className={classes.toolWords}>{current && current !== ALL_EVENTS ? current.name : "Views"}</span>
          </Button>
        </Menu.Target>
        <Menu.Dropdown>
          {[ALL_EVENTS, ...views].map((view) => (
            <Menu.Item
              key={view.name}
              onClick={() => open(view)}
              rightSection={view === current && <IconCheck size={15} aria-label="shown" />}
            >
              {view.name}
            </Menu.Item>
          ))}
          <Menu.Divider />
          <Menu.Item leftSection={<IconPlus size={16} stroke={1.7} aria-hidden />} onClick={() => setSaving(true)}>
            Save this view …
          </Menu.Item>
          <Menu.Item leftSection={<IconLink size={16} stroke={1.7} aria-hidden />} onClick={() => void copyLink()}>
            Copy a link to it
          </Menu.Item>
          {current && current !== ALL_EVENTS && (
            <Menu.Item
              color="red"
              leftSection={<IconTrash size={16} stroke={1.7} aria-hidden />}
              onClick={() => store.remove(current.name)}
            >
              Remove “{current.name}”
            </Menu.Item>
          )}
        </Menu.Dropdown>
      </Menu>
      <Modal opened={saving} onClose={() => setSaving(false)} title="Save this view" size="sm">
        <SaveForm address={address} taken={views} onClose={() => setSaving(false)} />
      </Modal>
    </>
  );
}

interface SaveProps {
  readonly address: string;
  readonly taken: readonly SavedView[];
  readonly onClose: () => void;
}

function SaveForm({ address, taken, onClose }: SaveProps) {
  const [name, setName] = useState("");
  const [problem, setProblem] = useState<string | null>(null);
  const { store } = useSavedViews();
  const replaces = taken.some((view) => view.name === name.trim());
  const save = (event: SubmitEvent<HTMLFormElement>) => {
    event.preventDefault();
    if (name.trim() === "") return setProblem("Give the view a name.");
    try {
      store.save({ name: name.trim(), address });
    } catch {
      return setProblem("The browser has no room for it: remove a view first.");
    }
    notifyDone(`“${name.trim()}” was saved.`);
    onClose();
  };
  return (
    <form onSubmit={save}>
      <Stack gap="sm">
        <Text size="sm">Search, filters, order and columns, as they are now. It is kept for you in this browser.</Text>
        <TextInput
          label="Name"
          maxLength={VIEW_NAME_CHARS}
          autoComplete="off"
          data-autofocus
          value={name}
          error={problem}
          description={replaces ? "Takes the place of the view of that name." : undefined}
          onChange={(event) => {
            setName(event.currentTarget.value);
            setProblem(null);
          }}
        />
        <Group justify="flex-end" gap="xs">
          <Button variant="default" onClick={onClose}>
            Cancel
          </Button>
          <Button type="submit">Save view</Button>
        </Group>
      </Stack>
    </form>
  );
}
