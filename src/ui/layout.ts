/** Where the boxes of a graph go. Pure; dagre decides. */

import { Graph, layout } from '@dagrejs/dagre';

/** A box to place: its name and those it comes after. */
export interface IBox {
  readonly name: string;
  readonly after: readonly string[];
}

export interface IPlaced {
  readonly name: string;
  readonly x: number;
  readonly y: number;
}

export interface ILayout {
  readonly boxes: readonly IPlaced[];
  readonly width: number;
  readonly height: number;
}

export interface ILayoutOptions {
  /** From top to bottom, or from left to right. */
  readonly direction: 'TB' | 'LR';
  readonly width: number;
  readonly height: number;
  /** Between ranks, and between the boxes of one. */
  readonly rankGap: number;
  readonly boxGap: number;
}

/** How many boxes there are beside each other at most. Boxes come below those that `after` names. */
export function broadest(boxes: readonly IBox[]): number {
  const ranks = new Map<string, number>();
  const counts = new Map<number, number>();
  for (const box of boxes) {
    const rank = 1 + Math.max(-1, ...box.after.map(before => ranks.get(before) ?? -1));
    ranks.set(box.name, rank);
    counts.set(rank, (counts.get(rank) ?? 0) + 1);
  }
  return Math.max(0, ...counts.values());
}

/** Place boxes; those that `after` names and that are not there are left out. */
export function place(boxes: readonly IBox[], options: ILayoutOptions): ILayout {
  const graph = new Graph();
  graph.setGraph({ rankdir: options.direction, ranksep: options.rankGap, nodesep: options.boxGap });
  graph.setDefaultEdgeLabel(() => ({}));
  const known = new Set(boxes.map(box => box.name));
  for (const box of boxes) {
    graph.setNode(box.name, { width: options.width, height: options.height });
  }
  for (const box of boxes) {
    for (const before of box.after) {
      if (known.has(before)) {
        graph.setEdge(before, box.name);
      }
    }
  }
  layout(graph);
  const placed = boxes.map(box => {
    const { x, y } = graph.node(box.name) as { x: number; y: number };
    return { name: box.name, x: x - options.width / 2, y: y - options.height / 2 };
  });
  return {
    boxes: placed,
    width: Math.max(0, ...placed.map(box => box.x + options.width)),
    height: Math.max(0, ...placed.map(box => box.y + options.height))
  };
}

/** How many letters fit between two boxes: what is longer would run under them. */
export function lettersIn(gap: number): number {
  return Math.max(1, Math.floor((gap - 10) / LETTER_PX));
}

const LETTER_PX = 6.6;

/** What the names on an edge are when there is little room: `a b +3`. */
export function edgeLabel(names: readonly string[], room: number): string {
  let text = '';
  for (const [index, name] of names.entries()) {
    const rest = names.length - index;
    const next = text === '' ? name : `${text} ${name}`;
    if (next.length > room) {
      return text === ''
        ? rest === 1
          ? cut(name, room)
          : `${cut(name, room - 3)} +${rest - 1}`
        : `${text} +${rest}`;
    }
    text = next;
  }
  return text;
}

function cut(text: string, room: number): string {
  return text.length <= room ? text : `${text.slice(0, Math.max(1, room - 1))}…`;
}
