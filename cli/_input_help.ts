/**
 * What the help says of an input.
 *
 * @module
 */

/** What an input is, for the help. */
export const INPUT_HELP = `\
INPUT is a file or a pipe, or - for stdin. Each line of it is a request: in JSON, one of
  "a prompt"
  {"role": "user", "content": "a message"}
  [{"role": "system", "content": "…"}, {"role": "user", "content": "…"}]
  {"id": "yours", "content": "a prompt, or messages", "params": {"temperature": 0}}
  {"id": "yours", "body": {"model": "gpt-4o-mini", "messages": […]}}
  {"custom_id": "yours", "method": "POST", "url": "/v1/chat/completions", "body": {…}}
or, with --prompt, plain text. A request without an id has its position, from 0.`;
