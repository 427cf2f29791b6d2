import { useState } from "react";
import type { ConnectionState } from "../edgering.ts";
import type { NetworkLab } from "../network-lab.ts";
import { useObserved } from "../use-observed.ts";

interface NetworkPanelProps {
  readonly lab: NetworkLab;
  readonly connection: ConnectionState;
}

/** Makes the connection bad on purpose, and shows how the client gets along. */
export function NetworkPanel({ lab, connection }: NetworkPanelProps) {
  const { outgoing, incoming, blocked, epoch, seq, resumed, log } = useObserved(lab.view);
  const [seconds, setSeconds] = useState(5);
  const facts = {
    state: connection,
    epoch: epoch?.slice(0, 8) ?? "none",
    seq: seq ?? "none",
    resumed: resumed === undefined ? "not yet" : resumed ? "yes" : "no",
  };

  return (
    <aside className="network-panel" aria-label="Network">
      <dl>
        {Object.entries(facts).map(([name, value]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>{value}</dd>
          </div>
        ))}
      </dl>
      <Amount
        label="Delay outgoing, ms"
        value={outgoing}
        set={(ms) => lab.delay({ outgoing: ms })}
      />
      <Amount
        label="Delay incoming, ms"
        value={incoming}
        set={(ms) => lab.delay({ incoming: ms })}
      />
      <Amount label="Time away, s" value={seconds} set={setSeconds} />
      <button type="button" className="secondary" onClick={lab.cut}>
        Cut the socket
      </button>
      <button
        type="button"
        className="secondary"
        disabled={blocked}
        onClick={() => lab.block(seconds * 1000)}
      >
        {blocked ? "Away…" : `Stay away ${seconds} s`}
      </button>
      <pre>{log.join("\n")}</pre>
    </aside>
  );
}

interface AmountProps {
  readonly label: string;
  readonly value: number;
  readonly set: (value: number) => void;
}

function Amount({ label, value, set }: AmountProps) {
  return (
    <label>
      {label}
      <input
        type="number"
        min={0}
        max={60_000}
        value={value}
        onChange={({ target }) => set(Math.max(0, Number(target.value)))}
      />
    </label>
  );
}
