#!/usr/bin/env bash
# From an empty folder to a fine-tuned, exported, faster classifier.
#
#   bash first-classifier.sh [train.tsv dev.tsv]     TSV with the columns sentence and label
#
# HASHEE_BASE names the pretrained encoder, a folder or a name on the Hugging Face hub; HASHEE_EPOCHS and HASHEE_SPEEDUP what they say.
# Needs the hashee command: npm install --global @hashee/cli onnxruntime-node, or an alias of `npm run -s hashee --` in a clone.
set -euo pipefail

base=${HASHEE_BASE:-sentence-transformers/all-MiniLM-L6-v2}
train=${1:-train.tsv}
dev=${2:-dev.tsv}

hashee train --train "$train" --dev "$dev" --model "$base" --output classifier \
  --epochs "${HASHEE_EPOCHS:-4}" --speedup "${HASHEE_SPEEDUP:-2}"

echo 'With its exits, then without:'
hashee evaluate "$dev" --model classifier --json >with-exits.json
hashee evaluate "$dev" --model classifier --dense --json >without-exits.json
node -e '
const read = (file) => JSON.parse(require("node:fs").readFileSync(file, "utf8"));
const [exits, dense] = ["with-exits.json", "without-exits.json"].map(read);
const shown = ({ metrics }) => Object.entries(metrics).map(([name, value]) => `${name} ${value.toFixed(4)}`).join(", ");
console.log(`  with ${shown(exits)}\n  without ${shown(dense)}\n  ${(dense.macs / exits.macs).toFixed(2)} times less work`);
'
echo 'The same by the clock, in turns:'
hashee bench "$dev" --model classifier --text-column sentence --limit 256 --batch-size 32 --threads 1 --rounds 3

hashee classify --model classifier "Where is my parcel?"
hashee export classifier --output classifier-onnx
echo 'classifier-onnx is ready for transformers.js, onnxruntime-web and onnxruntime.'
