/** A graph of steps: boxes that can be reached with the keyboard, edges that say what is handed over. */

import {
  BaseEdge,
  type Edge,
  type EdgeProps,
  getBezierPath,
  Handle,
  type Node,
  type NodeProps,
  Position,
  ReactFlow,
  ReactFlowProvider,
  useReactFlow
} from '@xyflow/react';
import '@xyflow/react/dist/base.css';
import React, { useEffect, useMemo, useRef, useState } from 'react';

import { colorOf } from '../context';
import { useMlops } from './hooks';
import { edgeLabel, type ILayout, type ILayoutOptions, lettersIn, place } from './layout';

/** A step as a box of the graph. */
export interface IGraphStep {
  readonly name: string;
  readonly after: readonly string[];
  /** Name -> step that hands it over. */
  readonly inputs: Readonly<Record<string, string>>;
  /** What a screen reader says. */
  readonly label: string;
  readonly content: React.ReactNode;
  /** Further CSS classes. */
  readonly classes?: string;
}

interface IGraphProps {
  readonly steps: readonly IGraphStep[];
  readonly options: ILayoutOptions;
  readonly label: string;
  readonly selected?: string | null;
  readonly onSelect: (name: string) => void;
  /** How many letters of names an edge shows; 0 shows them in a tooltip only. */
  readonly room: number;
  /** The height is that of the graph, up to this, px. */
  readonly maxHeight: number;
}

type Data = Record<string, unknown> & {
  step: IGraphStep;
  color: number;
  isSelected: boolean;
  onSelect: (name: string) => void;
};
type StepNode = Node<Data, 'step'>;
type HandoverEdge = Edge<{ names: readonly string[]; room: number }, 'handover'>;

function StepBox(props: NodeProps<StepNode>): React.JSX.Element {
  const { step, color, isSelected, onSelect } = props.data;
  const classes = ['jp-MlopsStep', `jp-mod-mlopsColor${color}`, step.classes ?? ''];
  if (isSelected) {
    classes.push('jp-mod-mlopsSelected');
  }
  return (
    <>
      <Handle type="target" position={props.targetPosition ?? Position.Top} isConnectable={false} />
      <button
        type="button"
        className={classes.join(' ')}
        data-step={step.name}
        aria-label={step.label}
        aria-pressed={isSelected}
        title={step.label}
        onClick={() => {
          onSelect(step.name);
        }}
      >
        {step.content}
      </button>
      <Handle type="source" position={props.sourcePosition ?? Position.Bottom} isConnectable={false} />
    </>
  );
}

function Handover(props: EdgeProps<HandoverEdge>): React.JSX.Element {
  const [path, labelX, labelY] = getBezierPath(props);
  const names = props.data?.names ?? [];
  const room = props.data?.room ?? 0;
  // The names stand on a straight edge, and interrupt a curved one.
  const isFlat = Math.abs(props.sourceY - props.targetY) < 4;
  return (
    <g>
      <title>{names.join(', ') || `${props.source} → ${props.target}`}</title>
      <BaseEdge path={path} />
      {room > 0 && names.length > 0 && props.targetX - props.sourceX < NEAR_PX ? (
        <text
          x={labelX}
          y={isFlat ? labelY - 6 : labelY}
          dominantBaseline={isFlat ? 'auto' : 'middle'}
          className="jp-MlopsGraph-names"
        >
          {edgeLabel(names, Math.min(room, lettersIn(props.targetX - props.sourceX)))}
        </text>
      ) : null}
    </g>
  );
}

/** Longer edges pass by other boxes: their names are in the tooltip only. */
const NEAR_PX = 120;
/** A graph whose letters would be smaller than 9 px is not fitted, but cut: it is moved by drag, keys and buttons. */
const LEGIBLE = 0.75;
const CUT_ZOOM = 0.9;
const MARGIN_PX = 8;
const TOOLS_PX = 32;

/** How much smaller a graph has to be drawn to be seen whole: 1 when it fits. */
export function scaleOf(layout: Pick<ILayout, 'width' | 'height'>, width: number, height = Infinity): number {
  return Math.min(1, width / Math.max(1, layout.width), height / Math.max(1, layout.height));
}

/** The zoom at which a graph is drawn, and whether a part of it is out of sight then. */
export function viewOf(
  layout: Pick<ILayout, 'width' | 'height'>,
  width: number,
  height = Infinity
): { zoom: number; isCut: boolean } {
  const zoom = scaleOf(layout, width - 2 * MARGIN_PX, height - 2 * MARGIN_PX);
  return width > 0 && zoom < LEGIBLE ? { zoom: CUT_ZOOM, isCut: true } : { zoom, isCut: false };
}

/**
 * How far a cut graph is moved along an axis, px: a place of it to the middle of what is seen, but no further than to the
 * graph's ends; without a place, to its start.
 */
export function shiftTo(place: number | undefined, length: number, seen: number, zoom: number): number {
  const wanted = place === undefined ? MARGIN_PX : seen / 2 - place * zoom;
  return Math.min(MARGIN_PX, Math.max(seen - MARGIN_PX - length * zoom, wanted));
}

const NODE_TYPES = { step: StepBox };
const EDGE_TYPES = { handover: Handover };

function nodesOf(props: IGraphProps, layout: ILayout): StepNode[] {
  const { options, selected, onSelect } = props;
  const isDown = options.direction === 'TB';
  return layout.boxes.flatMap((box, index) => {
    const step = props.steps[index];
    if (step === undefined) {
      return [];
    }
    const data: Data = { step, color: colorOf(box.name), isSelected: selected === box.name, onSelect };
    return {
      id: box.name,
      type: 'step' as const,
      position: { x: box.x, y: box.y },
      width: options.width,
      height: options.height,
      sourcePosition: isDown ? Position.Bottom : Position.Right,
      targetPosition: isDown ? Position.Top : Position.Left,
      data
    };
  });
}

function edgesOf(steps: readonly IGraphStep[], room: number): HandoverEdge[] {
  const known = new Set(steps.map(step => step.name));
  return steps.flatMap(step =>
    step.after
      .filter(before => known.has(before))
      .map(before => ({
        id: `${before}→${step.name}`,
        type: 'handover' as const,
        source: before,
        target: step.name,
        data: {
          room,
          names: Object.keys(step.inputs).filter(name => step.inputs[name] === before)
        }
      }))
  );
}

function Flow(props: IGraphProps): React.JSX.Element {
  const { steps, options, room, maxHeight, selected } = props;
  const { trans } = useMlops();
  const shape = JSON.stringify(steps.map(step => [step.name, step.after]));
  // A step that changes its state does not move.
  const layout = useMemo(() => place(steps, options), [shape, options]);
  const edges = useMemo(
    () => edgesOf(steps, room),
    [JSON.stringify(steps.map(step => [step.name, step.after, step.inputs])), room]
  );
  const nodes = nodesOf(props, layout);
  const box = useRef<HTMLDivElement>(null);
  const [width, setWidth] = useState(0);
  const { fitView, setViewport, getZoom, zoomIn, zoomOut } = useReactFlow();
  const { zoom, isCut } = viewOf(layout, width, maxHeight);
  const paneHeight = Math.min(layout.height * zoom + 3 * MARGIN_PX, maxHeight);
  const show = (name: string | null | undefined, scale: number): void => {
    const found = layout.boxes.find(each => each.name === name);
    const pane = { width: box.current?.clientWidth ?? 0, height: paneHeight };
    void setViewport({
      x: shiftTo(found && found.x + options.width / 2, layout.width, pane.width, scale),
      y: shiftTo(found && found.y + options.height / 2, layout.height, pane.height, scale),
      zoom: scale
    });
  };
  useEffect(() => {
    const fit = (): void => {
      const room = box.current?.clientWidth ?? 0;
      setWidth(room);
      if (!viewOf(layout, room, maxHeight).isCut) {
        void fitView({ padding: 0.04, maxZoom: 1 });
      } else {
        show(selected, CUT_ZOOM);
      }
    };
    const observer = new ResizeObserver(fit);
    if (box.current) {
      observer.observe(box.current);
    }
    const frame = requestAnimationFrame(fit);
    return () => {
      observer.disconnect();
      cancelAnimationFrame(frame);
    };
  }, [fitView, setViewport, layout, options, selected, maxHeight, paneHeight]);

  const onKeyDown = (event: React.KeyboardEvent): void => {
    const next = neighbour(layout, options, event.key, (event.target as HTMLElement).dataset.step);
    if (next !== null) {
      event.preventDefault();
      event.stopPropagation();
      const found = box.current?.querySelector<HTMLElement>(`[data-step="${CSS.escape(next)}"]`);
      found?.focus({ preventScroll: true });
      if (isCut) {
        show(next, getZoom());
      }
    }
  };

  const tools = isCut ? TOOLS_PX : 0;
  const style = { height: paneHeight + tools, paddingTop: tools };
  return (
    <div
      ref={box}
      className="jp-MlopsGraph"
      role="group"
      aria-label={props.label}
      style={style}
      onKeyDown={onKeyDown}
    >
      <ReactFlow<StepNode, HandoverEdge>
        nodes={nodes}
        edges={edges}
        nodeTypes={NODE_TYPES}
        edgeTypes={EDGE_TYPES}
        nodesDraggable={false}
        nodesConnectable={false}
        nodesFocusable={false}
        edgesFocusable={false}
        elementsSelectable={false}
        zoomOnScroll={false}
        zoomOnDoubleClick={false}
        preventScrolling={false}
        onlyRenderVisibleElements={steps.length > 60}
        minZoom={0.12}
        maxZoom={1.5}
        proOptions={{ hideAttribution: true }}
        disableKeyboardA11y
      />
      {isCut ? (
        <div className="jp-MlopsGraph-tools">
          <button
            type="button"
            className="jp-MlopsButton"
            onClick={() => void zoomIn()}
            aria-label={trans.__('Larger')}
          >
            +
          </button>
          <button
            type="button"
            className="jp-MlopsButton"
            onClick={() => void zoomOut()}
            aria-label={trans.__('Smaller')}
          >
            −
          </button>
          <button type="button" className="jp-MlopsButton" onClick={() => void fitView({ padding: 0.02 })}>
            {trans.__('all')}
          </button>
        </div>
      ) : null}
    </div>
  );
}

/** The step that an arrow key leads to; null when there is none. */
export function neighbour(
  layout: ILayout,
  options: Pick<ILayoutOptions, 'direction'>,
  key: string,
  from: string | undefined
): string | null {
  const here = layout.boxes.find(box => box.name === from);
  const axis = { ArrowDown: ['y', 1], ArrowUp: ['y', -1], ArrowRight: ['x', 1], ArrowLeft: ['x', -1] }[
    key
  ] as ['x' | 'y', 1 | -1] | undefined;
  if (here === undefined || axis === undefined) {
    return null;
  }
  const [along, sign] = axis;
  const across = along === 'x' ? 'y' : 'x';
  let best: string | null = null;
  let distance = Infinity;
  for (const box of layout.boxes) {
    const ahead = (box[along] - here[along]) * sign;
    const aside = Math.abs(box[across] - here[across]);
    const isOnward = (along === 'y') === (options.direction === 'TB');
    const far = isOnward ? ahead + aside * 0.5 : ahead + aside * 4;
    if (ahead > 1 && far < distance) {
      best = box.name;
      distance = far;
    }
  }
  return best;
}

/** A graph of steps. */
export function StepGraph(props: IGraphProps): React.JSX.Element {
  return (
    <ReactFlowProvider>
      <Flow {...props} />
    </ReactFlowProvider>
  );
}
