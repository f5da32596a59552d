// Run inside `npx --package`, which puts the package's commands on PATH for its child only.
process.stdout.write(`PATH=${process.env.PATH ?? process.env.Path ?? ''}\n`);
