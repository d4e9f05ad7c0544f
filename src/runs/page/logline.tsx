/** A line of a log: in the colours that the program asked for, with what is searched for marked. */

import React from 'react';

import { type IPiece, lookOf, PLAIN, piecesOf, textOf } from './ansi';

function Piece(props: { piece: IPiece }): React.JSX.Element {
  const { text, style } = props.piece;
  if (style === PLAIN) {
    return <>{text}</>;
  }
  const { classes, ...colors } = lookOf(style);
  return (
    <span className={classes} style={colors}>
      {text}
    </span>
  );
}

/** Where a text is found: begin and end of each place. */
function placesOf(text: string, query: string): [number, number][] {
  const places: [number, number][] = [];
  const lower = text.toLowerCase();
  for (let at = lower.indexOf(query); at >= 0; at = lower.indexOf(query, at + query.length)) {
    places.push([at, at + query.length]);
  }
  return places;
}

/** The pieces between two places of the text. */
function cut(pieces: readonly IPiece[], from: number, to: number): IPiece[] {
  const found: IPiece[] = [];
  let at = 0;
  for (const { text, style } of pieces) {
    const part = text.slice(Math.max(0, from - at), Math.max(0, to - at));
    if (part !== '') {
      found.push({ text: part, style });
    }
    at += text.length;
  }
  return found;
}

/** The line as nodes of text; what is found stands out from all colours. */
export function nodesOf(line: string, query: string): React.ReactNode[] {
  const pieces = piecesOf(line);
  const text = textOf(line);
  const places = query === '' ? [] : placesOf(text, query);
  const draw = (from: number, to: number): React.ReactNode[] =>
    cut(pieces, from, to).map((piece, index) => <Piece key={`${from}-${index}`} piece={piece} />);
  const nodes: React.ReactNode[] = [];
  let from = 0;
  for (const [begin, end] of places) {
    nodes.push(...draw(from, begin), <mark key={begin}>{text.slice(begin, end)}</mark>);
    from = end;
  }
  return [...nodes, ...draw(from, text.length)];
}

interface ILineProps {
  readonly line: string;
  /** In lower case; empty when nothing is searched for. */
  readonly query: string;
  readonly isHit: boolean;
  readonly top: number;
}

/** A line is drawn once, and not again while it is scrolled. */
export const LogLine = React.memo(function LogLine(props: ILineProps): React.JSX.Element {
  const { line, query, isHit, top } = props;
  return (
    <span
      className={isHit ? 'jp-MlopsLog-line jp-mod-hit' : 'jp-MlopsLog-line'}
      style={{ transform: `translateY(${top}px)` }}
    >
      {nodesOf(line, query)}
    </span>
  );
});
