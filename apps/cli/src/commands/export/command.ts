import { Command, InvalidArgumentError, Option } from 'commander';
import { examples, integer } from '../../command-options.js';
import type { Context } from '../../context.js';
import { addDataOptions } from '../../data/data-options.js';
import type { ExportCommandOptions } from './export.js';

const DTYPES = ['fp32', 'q8'] as const;

function dtypes(text: string): string[] {
  const values = text.split(',').map((part) => part.trim());
  if (values.some((value) => !DTYPES.some((dtype) => dtype === value)) || new Set(values).size < values.length)
    throw new InvalidArgumentError(`Expected ${DTYPES.join(', ')}, or both with a comma between.`);
  return values;
}

/** `hashee export` */
export function exportCommand(context: Context): Command {
  const command = new Command('export')
    .description(
      'Write a model as plain ONNX files with its exits inside, in a folder that transformers.js runs as it is.',
    )
    .argument('[model]', 'model folder or Hugging Face id (default: sentiment of English sentences)')
    .option('-o, --output <folder>', "where the model goes (default: the model's name with -onnx behind it)")
    .option('--overwrite', 'replace the model in a folder that holds files')
    .addOption(
      new Option('--dtype <list>', 'files to write: fp32 is onnx/model.onnx, q8 is onnx/model_quantized.onnx')
        .argParser(dtypes)
        .default(['fp32', 'q8'], 'fp32,q8'),
    )
    .addOption(
      new Option('--target <runtime>', "standard: ONNX's operators alone; onnxruntime: also those that only it has")
        .choices(['standard', 'onnxruntime'])
        .default('standard'),
    )
    .option('--opset <n>', "version of ONNX's operators, 17 to 23", integer(17, 23), 17)
    .option('--dense', 'without the exit table: every token runs all layers')
    .option('--full-range', 'q8: 8 bits for weights instead of 7, for processors with VNNI, ARM and browsers only')
    .option('--measure <file>', 'labelled data: measure quality and speed of the files and keep them in hashee.json');
  return addDataOptions(command)
    .option('-b, --batch-size <n>', 'texts in a batch when measuring', integer(1, 65_536), 32)
    .option('--revision <name>', 'branch, tag or commit of a Hugging Face model')
    .option('--offline', 'take Hugging Face models from the cache only')
    .option('-j, --json', 'print the outcome as one JSON object')
    .option('-q, --quiet', 'no progress')
    .option('--debug', 'show the stack of errors')
    .addHelpText(
      'after',
      `
The folder holds the whole model: transformers.js, onnxruntime in any language and Hashee itself run it. Measuring (--measure, or
--task) runs each file on one thread, against the same weights without exits.
Encoder-decoders become two files in each type, onnx/encoder_model.onnx and onnx/decoder_model_merged.onnx, and aren't measured.
` +
        examples(
          ['hashee export ./my-model --output ./web-model', 'both files'],
          [
            'hashee export ./my-model --dtype q8 --task sst-2 --data ./data',
            'a quarter of the size, and how good it is',
          ],
          ['hashee export ./my-model --target onnxruntime --full-range', 'for servers with ONNX Runtime'],
        ),
    )
    .action(async (model: string | undefined, options: ExportCommandOptions) => {
      const { exportModel } = await import('./export.js');
      await exportModel({ ...options, model }, context);
    });
}
