import { Component, type ReactNode, type ReactPortal, useEffect, useState } from "react";
import { createPortal } from "react-dom";
import { addStyle } from "./style.js";

/** Puts its children into a shadow root of their own, at the end of the page. Nothing on the server. */
export function Shadow({ at, open, children }: { at: string; open: boolean; children: ReactNode }): ReactPortal | null {
  const [root, setRoot] = useState<ShadowRoot | null>(null);
  useEffect(() => {
    const host = document.createElement("client-event-scheduler-inspector");
    const shadow = host.attachShadow({ mode: "open" });
    addStyle(shadow);
    document.body.append(host);
    setRoot(shadow);
    return () => {
      setRoot(null);
      host.remove();
    };
  }, []);
  useEffect(() => {
    const host = root?.host;
    host?.setAttribute("data-at", at);
    host?.toggleAttribute("data-open", open);
  }, [root, at, open]);
  return root === null ? null : createPortal(<Boundary>{children}</Boundary>, root);
}

/** Whatever goes wrong in here must not take the application down. */
class Boundary extends Component<{ readonly children: ReactNode }, { readonly reason: string | null }> {
  override state = { reason: null };

  static getDerivedStateFromError(thrown: unknown): { readonly reason: string } {
    return { reason: String(thrown) };
  }

  override render(): ReactNode {
    const { reason } = this.state;
    return reason === null ? (
      this.props.children
    ) : (
      <p className="root fab">The scheduler inspector has failed: {reason}</p>
    );
  }
}
