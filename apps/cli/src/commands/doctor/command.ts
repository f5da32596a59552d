import { Command } from 'commander';
import { examples, integer } from '../../command-options.js';
import type { Context } from '../../context.js';
import type { DoctorOptions } from './doctor.js';

/** `hashee doctor` */
export function doctorCommand(context: Context): Command {
  return new Command('doctor')
    .description('Say what runs on this machine, what is missing, and how to get it.')
    .option('-j, --json', 'one JSON object with all findings')
    .option('-t, --threads <n>', 'threads of the session that is tried', integer(1, 1024))
    .option('--debug', 'show the stack of errors')
    .addHelpText(
      'after',
      examples(
        ['hashee doctor', 'look at everything'],
        ['hashee doctor --json', 'the same for a bug report; holds no names or tokens'],
      ),
    )
    .action(async (options: DoctorOptions) => {
      const { doctor } = await import('./doctor.js');
      await doctor(options, context);
    });
}
