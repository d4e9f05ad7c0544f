/** What is asked of jobs. */

import { useQuery, type UseQueryResult } from '@tanstack/react-query';

import type { Form } from '../api/client';
import { useMlops } from '../ui/hooks';
import { keys } from '../ui/queries';

/** A job with its versions. */
export function useJob(job: string): UseQueryResult<Form<'JobDetail'>> {
  const { client } = useMlops();
  return useQuery({
    queryKey: keys.job(job),
    queryFn: () => client.answer(client.http.GET('/mlops/api/v1/jobs/{job}', { params: { path: { job } } }))
  });
}

/** Two versions of a job side by side. */
export function useJobComparison(
  job: string,
  first: number,
  second: number
): UseQueryResult<Form<'JobComparison'>> {
  const { client } = useMlops();
  return useQuery({
    queryKey: [...keys.job(job), 'compare', first, second],
    queryFn: () =>
      client.answer(
        client.http.GET('/mlops/api/v1/jobs/{job}/compare', {
          params: { path: { job }, query: { version: [first, second] } }
        })
      ),
    // Versions never change.
    staleTime: Infinity
  });
}
