/** A table of two columns. */

import React from 'react';

/** Names with their values, a row each; a value of null has none. */
export function Pairs(props: {
  caption?: string;
  rows: readonly (readonly [string, React.ReactNode])[];
}): React.JSX.Element {
  return (
    <table className="jp-MlopsTable jp-MlopsPairs">
      {props.caption === undefined ? null : <caption>{props.caption}</caption>}
      <tbody>
        {props.rows.map(([name, value]) =>
          value === null ? null : (
            <tr key={name}>
              <th scope="row">{name}</th>
              <td>{value}</td>
            </tr>
          )
        )}
      </tbody>
    </table>
  );
}
