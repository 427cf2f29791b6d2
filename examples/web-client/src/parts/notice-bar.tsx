import type { Notice } from "../use-client.ts";
import { Icon } from "./icon.tsx";

interface NoticeBarProps {
  readonly notice: Notice;
  readonly onDismiss: () => void;
}

/** The last thing that happened. Screen readers hear it from the page's live region. */
export function NoticeBar({ notice, onDismiss }: NoticeBarProps) {
  return (
    <div className="notice">
      <p>{notice.text}</p>
      <button type="button" className="quiet" aria-label="Dismiss" onClick={onDismiss}>
        <Icon name="close" />
      </button>
      {notice.action !== undefined && (
        <button type="button" className="secondary" onClick={notice.action.run}>
          {notice.action.label}
        </button>
      )}
    </div>
  );
}
