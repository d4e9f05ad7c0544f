/**
 * The only place of the browser side that speaks HTTP. Paths, bodies and answers have the types of the OpenAPI
 * file, from which `schema.ts` is generated.
 */

import { URLExt } from '@jupyterlab/coreutils';
import { ServerConnection } from '@jupyterlab/services';
import createClient, { type Client as FetchClient } from 'openapi-fetch';

import type { components, paths } from './schema';

/** The forms of the API by name: `Form<'RunDetail'>`. */
export type Form<Name extends keyof components['schemas']> = components['schemas'][Name];

/** The paths below which everything lies; the same as in the OpenAPI file. */
export const API = '/mlops/api/v1';

/** A refusal or failure of the server, in its one form. `status` is 0 when the server cannot be reached. */
export class ApiError extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    message: string,
    readonly hint = '',
    readonly findings: readonly Form<'Finding'>[] = []
  ) {
    super(message);
    this.name = 'ApiError';
  }
}

/** Whether an error says that the thing is not there any more. */
export function isGone(error: Error | null): boolean {
  return error instanceof ApiError && error.status === 404 && error.code !== 'server.missing';
}

interface IOutcome<T> {
  data?: T;
  error?: unknown;
  response: Response;
}

/** Typed requests to the server extension, with the user's token or cookie. */
export class Client {
  constructor(readonly settings: ServerConnection.ISettings) {
    this.http = createClient<paths>({
      baseUrl: settings.baseUrl.replace(/\/$/, ''),
      fetch: request => this._fetch(request),
      querySerializer: { array: { style: 'form', explode: true } }
    });
  }

  /** Requests by path, as `openapi-fetch` has them; unwrap what they answer with `answer`. */
  readonly http: FetchClient<paths>;

  /**
   * Return what a request answers.
   *
   * @throws ApiError when the server refuses, fails or cannot be reached, or has no answer yet (status 202).
   */
  async answer<T>(asked: Promise<IOutcome<T>>): Promise<T> {
    const { data, error, response } = await asked;
    if (response.ok && response.status !== 202) {
      return data as T;
    }
    throw asError(error ?? data, response.status);
  }

  /** The address of a path below the API, for links and frames. */
  address(path: string, query: Record<string, string> = {}): string {
    return URLExt.join(this.settings.baseUrl, API, path) + URLExt.objectToQueryString(query);
  }

  /** A request that is not JSON, such as a range of a log. */
  async raw(path: string, query: Record<string, string>, init: RequestInit = {}): Promise<Response> {
    const response = await this._fetch(new Request(this.address(path, query), init));
    if (!response.ok && response.status !== 416) {
      throw asError(await response.json().catch(() => null), response.status);
    }
    return response;
  }

  private async _fetch(request: Request): Promise<Response> {
    const { method, url, signal } = request;
    const body = method === 'GET' || method === 'DELETE' ? null : await request.text();
    const headers = Object.fromEntries(request.headers.entries());
    try {
      return await ServerConnection.makeRequest(
        url,
        { method, headers, signal, ...(body === null ? {} : { body }) },
        this.settings
      );
    } catch (error) {
      if (signal.aborted) {
        throw error;
      }
      throw new ApiError(
        0,
        'server.unreachable',
        'The server cannot be reached.',
        'It is asked again as soon as it answers.'
      );
    }
  }
}

function asError(body: unknown, status: number): ApiError {
  if (typeof body === 'object' && body !== null && 'code' in body && 'message' in body) {
    const error = body as Form<'Error'>;
    return new ApiError(status, error.code, error.message, error.hint, error.findings);
  }
  if (status === 404) {
    return new ApiError(
      404,
      'server.missing',
      'The server extension jupyter_mlops does not answer.',
      'Run `jupyter server extension enable jupyter_mlops` and restart JupyterLab.'
    );
  }
  return new ApiError(
    status,
    'server.refused',
    `The server refused the request (${status}).`,
    'Reload the page.'
  );
}
