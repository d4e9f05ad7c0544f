/** A row of tabs and the panel below it; arrow keys, Home and End move. */

import React, { useId, useRef } from 'react';

export interface ITab<Name extends string> {
  readonly name: Name;
  readonly label: string;
  readonly content: () => React.ReactNode;
}

interface ITabsProps<Name extends string> {
  readonly label: string;
  readonly tabs: readonly ITab<Name>[];
  readonly chosen: Name;
  readonly onChosen: (name: Name) => void;
  /** Stands between the row and the panel. */
  readonly above?: React.ReactNode;
}

export function Tabs<Name extends string>(props: ITabsProps<Name>): React.JSX.Element {
  const { label, tabs, chosen, onChosen, above } = props;
  const id = useId();
  const row = useRef<HTMLDivElement>(null);
  const at = Math.max(
    0,
    tabs.findIndex(tab => tab.name === chosen)
  );
  const onKeyDown = (event: React.KeyboardEvent): void => {
    const to = {
      ArrowRight: (at + 1) % tabs.length,
      ArrowLeft: (at + tabs.length - 1) % tabs.length,
      Home: 0,
      End: tabs.length - 1
    }[event.key];
    const tab = to === undefined ? undefined : tabs[to];
    if (to !== undefined && tab !== undefined) {
      event.preventDefault();
      onChosen(tab.name);
      row.current?.querySelectorAll<HTMLElement>('[role=tab]')[to]?.focus();
    }
  };
  return (
    <>
      <div ref={row} className="jp-MlopsTabs" role="tablist" aria-label={label}>
        {tabs.map((tab, index) => (
          <button
            key={tab.name}
            type="button"
            role="tab"
            id={`${id}-${tab.name}`}
            aria-selected={index === at}
            aria-controls={`${id}-panel`}
            tabIndex={index === at ? 0 : -1}
            onKeyDown={onKeyDown}
            onClick={() => {
              onChosen(tab.name);
            }}
          >
            {tab.label}
          </button>
        ))}
      </div>
      {above}
      <div
        id={`${id}-panel`}
        className="jp-MlopsDrawer-panel"
        role="tabpanel"
        aria-labelledby={`${id}-${tabs[at]?.name ?? ''}`}
        tabIndex={0}
      >
        {tabs[at]?.content()}
      </div>
    </>
  );
}
