/** The tab Data: what a step was given and what it hands over, with a look at each value. */

import { useQuery } from '@tanstack/react-query';
import React, { useState } from 'react';

import type { Form } from '../../api/client';
import { useMlops } from '../../ui/hooks';
import { keys } from '../../ui/queries';
import { Empty, Failed, Loading } from '../../ui/states';
import { count, size } from '../../ui/words';

/** What a value is in a few words: the class without its modules, and how large it is: `DataFrame 143 x 30`. */
export function typeText(type: string, summary: string): string {
  const [head = '', ...rest] = type.split('[');
  const name = [head.split('.').pop() ?? head, ...rest].join('[');
  return summary === '' || summary.startsWith(name) ? summary || name : `${name} ${summary}`;
}

interface IPlace {
  readonly id: string;
  readonly step: string;
  readonly attempt: number | null;
}

function queryOf(place: IPlace): { step: string; attempt?: number } {
  return { step: place.step, ...(place.attempt === null ? {} : { attempt: place.attempt }) };
}

function Preview(props: IPlace & { name: string }): React.JSX.Element {
  const { client, trans } = useMlops();
  const { id, step, attempt, name } = props;
  const asked = useQuery({
    queryKey: keys.preview(id, step, attempt, name),
    queryFn: () =>
      client.answer(
        client.http.GET('/mlops/api/v1/runs/{run}/preview', {
          params: { path: { run: id }, query: { ...queryOf(props), name } }
        })
      ),
    staleTime: Infinity
  });
  if (asked.error) {
    return <Failed error={asked.error} retry={() => void asked.refetch()} />;
  }
  const look = asked.data;
  if (look === undefined) {
    return <Loading />;
  }
  switch (look.kind) {
    case 'table':
      return (
        <div
          className="jp-MlopsPreview"
          tabIndex={0}
          role="group"
          aria-label={trans.__('First rows of %1', name)}
        >
          <table className="jp-MlopsTable">
            <thead>
              <tr>
                {look.columns.map((column, index) => (
                  <th key={index} scope="col">
                    {column}
                  </th>
                ))}
              </tr>
            </thead>
            <tbody>
              {look.rows.map((row, index) => (
                <tr key={index}>
                  {row.map((text, column) => (
                    <td key={column}>{text}</td>
                  ))}
                </tr>
              ))}
            </tbody>
          </table>
          {look.total_rows !== null && look.total_rows > look.rows.length ? (
            <div className="jp-MlopsHint">
              {trans.__('%1 of %2 rows', count(look.rows.length), count(look.total_rows))}
            </div>
          ) : null}
        </div>
      );
    case 'text':
      return (
        <div className="jp-MlopsPreview" tabIndex={0} role="group" aria-label={name}>
          <pre>{look.text}</pre>
          {look.is_cut ? <div className="jp-MlopsHint">{trans.__('cut: there is more')}</div> : null}
        </div>
      );
    case 'image':
      return (
        <div className="jp-MlopsPreview">
          {look.data_url.startsWith('data:image/') ? <img src={look.data_url} alt={name} /> : null}
        </div>
      );
    case 'none':
      return <div className="jp-MlopsPreview jp-MlopsHint">{look.reason}</div>;
  }
}

function Values(
  props: IPlace & { title: string; isInput: boolean; values: Form<'Artifact'>[] }
): React.JSX.Element {
  const { trans } = useMlops();
  const { title, isInput, values, ...place } = props;
  const [open, setOpen] = useState<string | null>(null);
  const columns = isInput ? 4 : 3;
  return (
    <div className="jp-MlopsScroll">
      <table className="jp-MlopsTable jp-MlopsValues">
        <thead>
          <tr>
            <th scope="col">{title}</th>
            <th scope="col">{trans.__('type')}</th>
            <th scope="col">{trans.__('size')}</th>
            {isInput ? <th scope="col">{trans.__('from')}</th> : null}
          </tr>
        </thead>
        <tbody>
          {values.map(value => (
            <React.Fragment key={value.name}>
              <tr>
                <td>
                  <button
                    type="button"
                    className="jp-MlopsLink"
                    aria-expanded={open === value.name}
                    title={trans.__('Look at it')}
                    onClick={() => {
                      setOpen(open === value.name ? null : value.name);
                    }}
                  >
                    {value.name}
                  </button>
                </td>
                <td title={`${value.type} · ${value.serializer}`}>
                  {typeText(value.type, value.summary)}
                  {value.is_code ? (
                    <span
                      className="jp-MlopsChip"
                      title={trans.__('Reading it can run code: it is shown only by its type.')}
                    >
                      {trans.__('code')}
                    </span>
                  ) : null}
                </td>
                <td>{size(value.size_bytes)}</td>
                {isInput ? <td>{value.step}</td> : null}
              </tr>
              {open === value.name ? (
                <tr>
                  <td colSpan={columns}>
                    <Preview {...place} name={value.name} />
                  </td>
                </tr>
              ) : null}
            </React.Fragment>
          ))}
        </tbody>
      </table>
    </div>
  );
}

export function DataTab(props: IPlace): React.JSX.Element {
  const { client, trans } = useMlops();
  const { id, step, attempt } = props;
  const asked = useQuery({
    queryKey: keys.artifacts(id, step, attempt),
    queryFn: () =>
      client.answer(
        client.http.GET('/mlops/api/v1/runs/{run}/artifacts', {
          params: { path: { run: id }, query: queryOf(props) }
        })
      )
  });
  if (asked.error) {
    return <Failed error={asked.error} retry={() => void asked.refetch()} />;
  }
  if (asked.data === undefined) {
    return <Loading />;
  }
  const { inputs, outputs } = asked.data;
  if (inputs.length + outputs.length === 0) {
    return <Empty>{trans.__('This step takes nothing from other steps and hands nothing over yet.')}</Empty>;
  }
  return (
    <>
      {inputs.length > 0 ? <Values {...props} title={trans.__('in')} isInput values={inputs} /> : null}
      {outputs.length > 0 ? (
        <Values {...props} title={trans.__('out')} isInput={false} values={outputs} />
      ) : null}
    </>
  );
}
