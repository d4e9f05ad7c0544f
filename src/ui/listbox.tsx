/** A list of which only the visible rows exist: arrows move, Enter opens, Delete and the menu act. */

import { useVirtualizer } from '@tanstack/react-virtual';
import React, { useId, useRef, useState } from 'react';

import { type IEntry, openMenu } from './menu';

const ROW_PX = 48;

export interface IListboxProps<Item> {
  readonly label: string;
  readonly items: readonly Item[];
  readonly nameOf: (item: Item) => string;
  /** What a screen reader says of a row. */
  readonly textOf: (item: Item) => string;
  readonly children: (item: Item) => React.ReactNode;
  readonly onOpen: (item: Item) => void;
  readonly entriesOf: (item: Item) => readonly (IEntry | null)[];
  /** What the Delete key does. */
  readonly onDelete?: (item: Item) => void;
}

export function Listbox<Item>(props: IListboxProps<Item>): React.JSX.Element {
  const { label, items, nameOf, textOf, children, onOpen, entriesOf, onDelete } = props;
  const box = useRef<HTMLDivElement>(null);
  const id = useId();
  const [active, setActive] = useState<string | null>(null);
  const virtual = useVirtualizer({
    count: items.length,
    getScrollElement: () => box.current,
    estimateSize: () => ROW_PX,
    overscan: 6,
    getItemKey: index => {
      const item = items[index];
      return item === undefined ? index : nameOf(item);
    }
  });
  const at = items.findIndex(item => nameOf(item) === active);
  const current = items[at];

  const onKeyDown = (event: React.KeyboardEvent): void => {
    const step = { ArrowDown: 1, ArrowUp: -1, PageDown: 8, PageUp: -8, Home: -Infinity, End: Infinity }[
      event.key
    ];
    if (step !== undefined) {
      const to = Math.min(items.length - 1, Math.max(0, at + step));
      const item = items[to];
      if (item !== undefined) {
        virtual.scrollToIndex(to);
        setActive(nameOf(item));
      }
    } else if (current !== undefined && event.key === 'Enter') {
      onOpen(current);
    } else if (current !== undefined && onDelete !== undefined && event.key === 'Delete') {
      onDelete(current);
    } else if (
      current !== undefined &&
      (event.key === 'ContextMenu' || (event.key === 'F10' && event.shiftKey))
    ) {
      const row = box.current?.querySelector('.jp-mod-active')?.getBoundingClientRect();
      openMenu(entriesOf(current), { x: row?.left ?? 0, y: row?.bottom ?? 0 });
    } else {
      return;
    }
    event.preventDefault();
    event.stopPropagation();
  };

  return (
    <div
      ref={box}
      className="jp-MlopsListbox"
      role="listbox"
      aria-label={label}
      aria-activedescendant={current === undefined ? undefined : `${id}-${at}`}
      tabIndex={0}
      onFocus={() => {
        const [first] = items;
        if (current === undefined && first !== undefined) {
          setActive(nameOf(first));
        }
      }}
      onKeyDown={onKeyDown}
    >
      <div role="presentation" className="jp-MlopsListbox-all" style={{ height: virtual.getTotalSize() }}>
        {virtual.getVirtualItems().map(({ index, key, size, start }) => {
          const item = items[index];
          return item === undefined ? null : (
            <div
              key={key}
              id={`${id}-${index}`}
              data-name={nameOf(item)}
              role="option"
              aria-selected={index === at}
              aria-posinset={index + 1}
              aria-setsize={items.length}
              aria-label={textOf(item)}
              className={index === at ? 'jp-MlopsRow jp-mod-active' : 'jp-MlopsRow'}
              style={{ height: size, transform: `translateY(${start}px)` }}
              onClick={() => {
                setActive(nameOf(item));
                onOpen(item);
              }}
              onContextMenu={event => {
                event.preventDefault();
                event.stopPropagation();
                setActive(nameOf(item));
                openMenu(entriesOf(item), { x: event.clientX, y: event.clientY });
              }}
            >
              {children(item)}
            </div>
          );
        })}
      </div>
    </div>
  );
}
