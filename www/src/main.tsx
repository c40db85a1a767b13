import "@fontsource-variable/inter";
import "./app/components.css";
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { App } from "./app/App";
import { loadModule } from "./scheduler/module";

// Whoever needs it says what went wrong.
loadModule().catch(() => undefined);

const root = document.getElementById("root");
if (!root) throw new Error("index.html has no #root element");
createRoot(root).render(
  <StrictMode>
    <App />
  </StrictMode>,
);
