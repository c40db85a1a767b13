import { Button } from "@mantine/core";
import { IconFileImport } from "@tabler/icons-react";
import { type DragEvent, useRef, useState } from "react";
import { Refusal } from "../session/SignInForm";
import { ACCEPTED } from "./fileFormat";
import classes from "./Transfer.module.css";
import { type ChosenFile, chooseFile } from "./useImport";

interface Props {
  readonly onChoose: (chosen: ChosenFile) => void;
}

/** Takes a file: dropped here, or picked. */
export function DropZone({ onChoose }: Props) {
  const [over, setOver] = useState(false);
  const [problem, setProblem] = useState<Error | null>(null);
  const picker = useRef<HTMLInputElement>(null);
  const take = (files: FileList | null | undefined) => {
    const file = files?.[0];
    if (!file) return;
    setProblem(null);
    chooseFile(file).then(onChoose, setProblem);
  };
  const drop = (event: DragEvent) => {
    event.preventDefault();
    setOver(false);
    take(event.dataTransfer.files);
  };
  return (
    <>
      {problem && <Refusal title="This file cannot be imported" error={problem} />}
      <section
        className={classes.drop}
        aria-label="File to import"
        data-over={over || undefined}
        onDragOver={(event) => {
          event.preventDefault();
          setOver(true);
        }}
        onDragLeave={() => setOver(false)}
        onDrop={drop}
      >
        <IconFileImport size={30} stroke={1.5} aria-hidden />
        <strong>Drop a file here</strong>
        <p>A JSON array, one JSON object a line, or an iCalendar file, of up to a million events.</p>
        <Button variant="default" onClick={() => picker.current?.click()}>
          Choose a file …
        </Button>
        <input
          ref={picker}
          type="file"
          accept={ACCEPTED}
          hidden
          data-testid="import-file"
          onChange={(event) => {
            take(event.currentTarget.files);
            event.currentTarget.value = "";
          }}
        />
      </section>
    </>
  );
}
