import { Group, NativeSelect, NumberInput, Radio, SegmentedControl, Stack, TextInput } from "@mantine/core";
import { viewerTimeZone } from "../../time/format";
import type { Arrangement } from "./plan";
import { SPAN_UNITS, type SpanUnit } from "./span";

/** A length of time as somebody writes it. */
export interface ShiftInput {
  readonly amount: number | string;
  readonly unit: SpanUnit;
  readonly direction: "later" | "earlier";
}

interface ShiftProps {
  readonly value: ShiftInput;
  readonly onChange: (change: Partial<ShiftInput>) => void;
}

/** How far, and which way. */
export function ShiftFields({ value: { amount, unit, direction }, onChange }: ShiftProps) {
  return (
    <Group align="flex-end" gap="xs" wrap="wrap">
      <NumberInput
        label="By"
        w={96}
        min={1}
        max={9_999}
        allowDecimal={false}
        allowNegative={false}
        data-autofocus
        value={amount}
        onChange={(next) => onChange({ amount: next })}
      />
      <NativeSelect
        aria-label="Unit"
        value={unit}
        data={[...SPAN_UNITS]}
        onChange={(event) => onChange({ unit: event.currentTarget.value as SpanUnit })}
      />
      <SegmentedControl
        aria-label="Direction"
        value={direction}
        data={[
          { value: "later", label: "Later" },
          { value: "earlier", label: "Earlier" },
        ]}
        onChange={(next) => onChange({ direction: next as ShiftInput["direction"] })}
      />
    </Group>
  );
}

interface StartProps {
  readonly start: string;
  readonly arrangement: Arrangement;
  /** Only where there are several does it matter how they stand to each other. */
  readonly several: boolean;
  readonly onStart: (start: string) => void;
  readonly onArrangement: (arrangement: Arrangement) => void;
}

/** When the events are to start. */
export function StartFields({ start, arrangement, several, onStart, onArrangement }: StartProps) {
  return (
    <Stack gap="sm">
      <TextInput
        type="datetime-local"
        label="New start"
        description={`Your time, ${viewerTimeZone.replaceAll("_", " ")}. All dates of an event move with its start.`}
        data-autofocus
        value={start}
        onChange={(event) => onStart(event.currentTarget.value)}
      />
      {several && (
        <Radio.Group
          label="Which of them starts then"
          value={arrangement}
          onChange={(value) => onArrangement(value === "each" ? "each" : "together")}
        >
          <Stack gap={6} mt={6}>
            <Radio value="together" label="The first of them; the others keep their distance" />
            <Radio value="each" label="Each of them" />
          </Stack>
        </Radio.Group>
      )}
    </Stack>
  );
}
