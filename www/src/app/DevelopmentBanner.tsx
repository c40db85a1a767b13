import { IconLockOpen } from "@tabler/icons-react";
import { useSession } from "../session/hooks";
import classes from "./Shell.module.css";

/** Says that nobody had to sign in. */
export function DevelopmentBanner() {
  const { mode } = useSession();
  if (mode !== "development") return null;
  return (
    <div className={`${classes.notice} ${classes.offline}`} role="note">
      <IconLockOpen size={15} stroke={1.8} aria-hidden />
      <span>Development mode: everybody on this machine may do everything, without signing in.</span>
    </div>
  );
}
