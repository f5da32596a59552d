import { encoderOnly, exitHeads, exitMethod, finalHead, labelLoss, type Method, trainStage } from '@hashee/baselines';

/** All classifiers learn at once, by the labels; leaves where the two largest logits are further apart than the setting. */
export const marginExit: Method = exitMethod({
  name: 'margin',
  title: 'Margin exit',
  source: 'this page',
  tasks: ['sequence-classification'],
  policy: {
    knob: 'margin',
    settings: () => [8, 4, 2, 1, 0.5, 0],
    begin: (margin) => (logits) => {
      const [first, second] = logits.toSorted().reverse();
      return first - second > margin;
    },
  },
  async train(context) {
    const main = finalHead(context);
    const heads = [...exitHeads(main, context.model.config), main];
    return trainStage(context, {
      name: 'joint',
      model: encoderOnly(context.model),
      heads,
      losses: heads.map((head) => labelLoss(head)),
      judged: heads.map(({ name }) => name),
    });
  },
});
