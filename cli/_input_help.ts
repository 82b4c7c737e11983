/**
 * What the help says of an input.
 *
 * @module
 */

/** What an input is, for the help. */
export const INPUT_HELP = `\
INPUT is a file or a pipe, or - for stdin. With --prompt it has rows, of which
each is asked: a table with a header (CSV, TSV), a JSON array or JSON lines of
records, or plain text. {name} in the prompt stands for the column of that name,
{line} for the row as it stands there. Files are known by their endings, or by
--input-format.

Without --prompt each line is a request, in JSON:
  "a prompt"
  {"role": "user", "content": "a message"}
  [{"role": "system", "content": "…"}, …]
  {"id": "a", "content": "…", "params": {"temperature": 0}}
  {"id": "b", "body": {"model": "gpt-4o-mini", "messages": […]}}
  {"custom_id": "c", "method": "POST", "url": "…", "body": {…}}

What has no id has the number of its row, from 0.`;
