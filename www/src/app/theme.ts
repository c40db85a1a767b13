import {
  Button,
  createTheme,
  Drawer,
  Input,
  type MantineColorsTuple,
  Modal,
  Notification,
  Popover,
  Tooltip,
} from "@mantine/core";

const harbor: MantineColorsTuple = [
  "#e9f3fa",
  "#d3e6f4",
  "#a4cdea",
  "#72b2df",
  "#4a9cd6",
  "#3089c9",
  "#2077b4",
  "#17609c",
  "#114e80",
  "#0b3b63",
];

const gray: MantineColorsTuple = [
  "#f6f8fa",
  "#eef1f4",
  "#dfe4ea",
  "#cdd5dd",
  "#b3bdc8",
  "#8b98a7",
  "#65727f",
  "#4b5766",
  "#323c48",
  "#17202b",
];

const dark: MantineColorsTuple = [
  "#e4e9ef",
  "#c3ccd6",
  "#98a5b4",
  "#6c7a8a",
  "#313b48",
  "#242c37",
  "#181f28",
  "#12171e",
  "#0c0f14",
  "#080a0d",
];

/** One quiet theme for both colour schemes: neutral slate surfaces and a single blue accent. */
export const theme = createTheme({
  primaryColor: "harbor",
  primaryShade: { light: 7, dark: 6 },
  autoContrast: true,
  colors: { harbor, gray, dark },
  black: "#17202b",
  fontFamily: '"Inter Variable", system-ui, -apple-system, "Segoe UI", Roboto, sans-serif',
  fontFamilyMonospace: 'ui-monospace, SFMono-Regular, Menlo, Consolas, "DejaVu Sans Mono", monospace',
  fontSizes: { xs: "12px", sm: "13px", md: "14px", lg: "16px", xl: "18px" },
  headings: { fontWeight: "650" },
  defaultRadius: "sm",
  radius: { sm: "6px", md: "8px", lg: "12px" },
  cursorType: "pointer",
  focusRing: "auto",
  respectReducedMotion: true,
  components: {
    Button: Button.extend({ defaultProps: { size: "sm" } }),
    Drawer: Drawer.extend({ defaultProps: { closeButtonProps: { "aria-label": "Close" } } }),
    Modal: Modal.extend({ defaultProps: { closeButtonProps: { "aria-label": "Close" }, centered: true } }),
    Popover: Popover.extend({ defaultProps: { shadow: "md", radius: "md" } }),
    Tooltip: Tooltip.extend({
      defaultProps: {
        openDelay: 250,
        withArrow: true,
        multiline: true,
        events: { hover: true, focus: true, touch: true },
      },
    }),
    Notification: Notification.extend({
      defaultProps: { withBorder: true, closeButtonProps: { "aria-label": "Dismiss" } },
    }),
    Input: Input.extend({ defaultProps: { size: "sm" } }),
  },
});
