import { IconLock } from "@tabler/icons-react";
import { useState } from "react";
import { useMay } from "../session/hooks";
import { Page } from "../ui/Page";
import { PageState } from "../ui/PageState";
import { DropZone } from "./DropZone";
import { ImportSteps } from "./ImportSteps";
import { LatestImports } from "./LatestImports";
import type { ChosenFile } from "./useImport";

/** `/import` */
export function Component() {
  const may = useMay();
  const [chosen, setChosen] = useState<ChosenFile | null>(null);
  if (!may("events:write")) {
    return <PageState icon={<IconLock size={22} stroke={1.6} />} title="You may look at events, but not import any" />;
  }
  return (
    <Page
      title="Import"
      detail={
        may("events:approve")
          ? "Events from a JSON or calendar file. Nothing is written before you have seen what it would do."
          : "Events from a JSON or calendar file. What you import waits for somebody's approval."
      }
    >
      {chosen ? (
        <ImportSteps
          key={chosen.file.name + chosen.file.lastModified}
          chosen={chosen}
          onLeave={() => setChosen(null)}
        />
      ) : (
        <DropZone onChoose={setChosen} />
      )}
      <LatestImports />
    </Page>
  );
}
