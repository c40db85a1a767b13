import { Modal } from "@mantine/core";
import type { Account } from "../api/sync";
import { AccountForm } from "./AccountForm";

interface Props {
  readonly opened: boolean;
  /** The account that is changed; a new one is added where there is none. */
  readonly account?: Account;
  readonly onClose: () => void;
  /** Called with the account's id. */
  readonly onSaved?: (id: string) => void;
}

/** Adds or changes an account at a provider, whose events are listed at once. */
export function AccountDialog({ opened, account, onClose, onSaved }: Props) {
  return (
    <Modal opened={opened} onClose={onClose} title={account ? `Edit ${account.name}` : "New account"} size="lg">
      <AccountForm
        account={account ?? null}
        onCancel={onClose}
        onSaved={(id) => {
          onClose();
          onSaved?.(id);
        }}
      />
    </Modal>
  );
}
