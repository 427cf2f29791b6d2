import { tabs } from "../tabs.tsx";

interface TabBarProps {
  readonly chosen: string;
  readonly onChoose: (id: string) => void;
}

/** Chooses what the page shows. */
export function TabBar({ chosen, onChoose }: TabBarProps) {
  return (
    <nav className="tabs" aria-label="What to do">
      {tabs.map(({ id, label }) => (
        <button
          key={id}
          type="button"
          className="quiet"
          aria-current={id === chosen ? "page" : undefined}
          onClick={() => onChoose(id)}
        >
          {label}
        </button>
      ))}
    </nav>
  );
}
