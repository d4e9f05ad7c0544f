/** A section with a list that is filtered by what is typed: what the sections Models and Deployments have in common. */

import type { UseQueryResult } from '@tanstack/react-query';
import React, { useEffect, useState } from 'react';

import { type IListboxProps, Listbox } from './listbox';
import { MANY, Section } from './section';
import { useSeen } from './seen';
import { Empty, Failed, Loading } from './states';

interface IFilteredProps<Item> extends Omit<IListboxProps<Item>, 'items'> {
  /** Under which the folding of the section is remembered. */
  readonly name: string;
  /** Asks for all items while the list is in sight. */
  readonly useItems: (isSeen: boolean) => UseQueryResult<readonly Item[]>;
  /** Whether an item has the words in it that were typed. */
  readonly isLike: (item: Item, typed: string) => boolean;
  /** What there is to do when there is no item at all. */
  readonly empty: React.ReactNode;
  readonly words: {
    /** What the filter looks at. */
    readonly filter: string;
    readonly placeholder: string;
    readonly noneLike: string;
    readonly showAll: string;
  };
}

interface IListProps<Item> extends IFilteredProps<Item> {
  readonly typed: string;
  readonly onAll: () => void;
  /** Told how many items there are; null when that cannot be said. */
  readonly onCount: (count: number | null) => void;
}

function List<Item>(props: IListProps<Item>): React.JSX.Element {
  const { useItems, isLike, empty, words, typed, onAll, onCount } = props;
  const [ref, isSeen] = useSeen();
  const asked = useItems(isSeen);
  const items = asked.data ?? [];
  const shown = items.filter(item => isLike(item, typed));
  const total = asked.data === undefined && asked.error ? null : items.length;
  useEffect(() => {
    onCount(total);
  }, [total, onCount]);
  return (
    <div ref={ref} className="jp-MlopsList">
      {asked.error && asked.data === undefined ? (
        <Failed error={asked.error} retry={() => void asked.refetch()} />
      ) : null}
      {asked.isPending ? <Loading /> : null}
      {asked.data && items.length === 0 ? <Empty>{empty}</Empty> : null}
      {items.length > 0 && shown.length === 0 ? (
        <Empty>
          <p>{words.noneLike}</p>
          <button type="button" className="jp-MlopsButton" onClick={onAll}>
            {words.showAll}
          </button>
        </Empty>
      ) : null}
      {shown.length === 0 ? null : <Listbox {...props} items={shown} />}
    </div>
  );
}

export function FilteredSection<Item>(props: IFilteredProps<Item>): React.JSX.Element {
  const { name, label, words } = props;
  const [typed, setTyped] = useState('');
  const [count, setCount] = useState<number | null>(0);
  const isFiltered = (count ?? 0) >= MANY || typed !== '';
  return (
    <Section
      name={name}
      title={label}
      isEmpty={count === 0 && typed === ''}
      aside={
        isFiltered ? (
          <span className="jp-MlopsFilter">
            <input
              type="search"
              className="jp-MlopsInput"
              placeholder={words.placeholder}
              aria-label={words.filter}
              value={typed}
              maxLength={200}
              onChange={event => {
                setTyped(event.target.value);
              }}
            />
          </span>
        ) : count === 0 || count === null ? null : (
          <span>{count}</span>
        )
      }
    >
      <List
        {...props}
        typed={typed.trim()}
        onCount={setCount}
        onAll={() => {
          setTyped('');
        }}
      />
    </Section>
  );
}
