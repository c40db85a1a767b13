import { Button, Group, Progress, Radio, Stack, TextInput } from "@mantine/core";
import { IconFile } from "@tabler/icons-react";
import { useEffect, useState } from "react";
import { Link } from "react-router";
import type { ImportProgress } from "../api/transfer";
import { AwayAlert } from "../health/AwayAlert";
import { useReachable } from "../health/useReachable";
import { Refusal } from "../session/SignInForm";
import { viewerTimeZone } from "../time/format";
import { Panel } from "../ui/Panel";
import { ReportView } from "./ReportView";
import classes from "./Transfer.module.css";
import { type ChosenFile, useImport } from "./useImport";

interface Props {
  readonly chosen: ChosenFile;
  readonly onLeave: () => void;
}

type Mode = "upsert" | "create";

/** What the file would do, by a dry run; then, when somebody says so, the import itself. */
export function ImportSteps({ chosen, onLeave }: Props) {
  const [mode, setMode] = useState<Mode>("upsert");
  const [timeZone, setTimeZone] = useState(viewerTimeZone);
  const trial = useImport();
  const real = useImport();
  const reachable = useReachable();
  const { mutate: tryOut } = trial.run;
  useEffect(() => {
    tryOut({ ...chosen, mode, timeZone, dryRun: true });
  }, [tryOut, chosen, mode, timeZone]);

  const preview = trial.run.data?.report;
  const done = real.run.data;
  const writes = preview ? preview.created + preview.updated : 0;
  return (
    <Stack gap="md">
      <Panel title={done ? "Imported" : "What this file would do"} aside={<FileName chosen={chosen} />}>
        <Stack gap="md">
          {!done && (
            <Choices
              chosen={chosen}
              mode={mode}
              timeZone={timeZone}
              disabled={real.run.isPending}
              onMode={setMode}
              onTimeZone={setTimeZone}
            />
          )}
          <AwayAlert>Nothing can be imported until it is back.</AwayAlert>
          {trial.run.error && <Refusal title="It could not be tried out" error={trial.run.error} />}
          {real.run.error && <Refusal title="The import did not come to its end" error={real.run.error} />}
          {trial.run.isPending && <Running words="Trying it out" progress={trial.progress} rows={undefined} />}
          {real.run.isPending && (
            <Running words="Importing" progress={real.progress} rows={preview?.rows} onStop={real.stop} />
          )}
          {done ? (
            <ReportView finding={done} />
          ) : (
            trial.run.data && !real.run.isPending && <ReportView finding={trial.run.data} />
          )}
          <Group justify="flex-end" gap="xs">
            <Button variant="default" onClick={onLeave} disabled={real.run.isPending}>
              {done ? "Import another file" : "Another file"}
            </Button>
            {done ? (
              <Button component={Link} to="/events">
                To the events
              </Button>
            ) : (
              <Button
                disabled={!preview || writes === 0 || !reachable || trial.run.isPending}
                loading={real.run.isPending}
                onClick={() => real.run.mutate({ ...chosen, mode, timeZone, dryRun: false })}
              >
                {writes === 0 ? "Nothing to import" : `Import ${writes.toLocaleString()}`}
              </Button>
            )}
          </Group>
        </Stack>
      </Panel>
    </Stack>
  );
}

function FileName({ chosen: { file, format } }: { readonly chosen: ChosenFile }) {
  return (
    <span className={classes.file}>
      <IconFile size={15} stroke={1.7} aria-hidden />
      {file.name}, {sizeWords(file.size)}, {format.words}
    </span>
  );
}

function sizeWords(bytes: number): string {
  if (bytes < 1_024) return `${bytes} bytes`;
  const kib = bytes / 1_024;
  const options = { maximumFractionDigits: 1 };
  return kib < 1_024
    ? `${Math.ceil(kib).toLocaleString()} KB`
    : `${(kib / 1_024).toLocaleString(undefined, options)} MB`;
}

interface ChoicesProps {
  readonly chosen: ChosenFile;
  readonly mode: Mode;
  readonly timeZone: string;
  readonly disabled: boolean;
  readonly onMode: (mode: Mode) => void;
  readonly onTimeZone: (timeZone: string) => void;
}

function Choices({ chosen, mode, timeZone, disabled, onMode, onTimeZone }: ChoicesProps) {
  const [typed, setTyped] = useState(timeZone);
  return (
    <div className={classes.choices}>
      <Radio.Group
        label="Events that exist already"
        value={mode}
        onChange={(value) => onMode(value === "create" ? "create" : "upsert")}
      >
        <Group gap="md" mt={6}>
          <Radio value="upsert" label="are replaced" disabled={disabled} />
          <Radio value="create" label="are left alone, and their rows refused" disabled={disabled} />
        </Group>
      </Radio.Group>
      {chosen.format.contentType === "text/calendar" && (
        <Group align="flex-end" gap="xs">
          <TextInput
            label="Zone of times without one"
            value={typed}
            disabled={disabled}
            onChange={(event) => setTyped(event.currentTarget.value)}
          />
          <Button variant="default" disabled={disabled || typed === timeZone} onClick={() => onTimeZone(typed.trim())}>
            Try with it
          </Button>
        </Group>
      )}
    </div>
  );
}

interface RunningProps {
  readonly words: string;
  readonly progress: ImportProgress | null;
  /** How many rows there are, where a trial has counted them. */
  readonly rows: number | undefined;
  readonly onStop?: () => void;
}

function Running({ words, progress, rows, onStop }: RunningProps) {
  const done = progress?.rows ?? 0;
  const share = rows ? done / rows : (progress?.sent ?? 0);
  return (
    <div className={classes.running} role="status">
      <span>
        {words}: {done.toLocaleString()}
        {rows !== undefined && ` of ${rows.toLocaleString()}`} {done === 1 ? "row" : "rows"}
      </span>
      {onStop && (
        <Button size="compact-sm" variant="default" onClick={onStop}>
          Stop
        </Button>
      )}
      <Progress value={100 * Math.min(1, share)} aria-label={words} animated />
    </div>
  );
}
