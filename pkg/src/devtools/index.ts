"use client";

export { type InspectorPosition, SchedulerInspector, type SchedulerInspectorProps } from "./inspector/inspector.js";
export { installDevtools } from "./install.js";
