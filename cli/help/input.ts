/**
 * What the help says about inputs.
 *
 * @module
 */

/** What an input is, for the help. */
export const INPUT_HELP = `\
INPUT is a file, a folder of pictures, or - for stdin. With --prompt it has rows,
and each row becomes a request: a table with a header (CSV, TSV), a JSON array or
JSON lines of records, or plain text. {name} in the prompt stands for the column
of that name, {line} for the whole row. The format is known by the file's ending,
or by --input-format.

In a folder, each PNG, JPEG, GIF or WEBP file is a row; its name is in the column
"file". To choose other pictures, list them, one path or address per line:
  ls photos/*.jpg | openai-batch … - --image line

Without --prompt each line is a request, in JSON:
  "a prompt"
  {"role": "user", "content": "a message"}
  [{"role": "system", "content": "…"}, …]
  {"id": "a", "content": "…", "params": {"temperature": 0}}
  {"id": "b", "body": {"model": "gpt-4o-mini", "messages": […]}}
  {"custom_id": "c", "method": "POST", "url": "…", "body": {…}}

A request without an id gets the number of its row, from 0.`;
