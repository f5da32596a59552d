import { chooseShape, type ShapeRequest, shapeCost } from './choose-shape.js';
import { type EncoderShape, shapeKey } from './shape.js';

/** An existing graph serves a batch unless a new one would save more than this share of its cost. */
const WORTH_COMPILING = 0.08;

/** The shapes that turned up so far. */
export class ShapeCache {
  readonly #shapes = new Map<string, EncoderShape>();

  /** The best shape for a batch, or one that is there already and nearly as good. */
  shapeFor(request: ShapeRequest): EncoderShape {
    const best = chooseShape(request);
    const key = shapeKey(best);
    if (this.#shapes.has(key)) return best;
    const limit = shapeCost(request, best) * (1 + WORTH_COMPILING);
    for (const shape of this.#shapes.values()) {
      const sameQueries =
        shape.read === best.read &&
        shape.groups === best.groups &&
        shape.absorption === best.absorption &&
        shape.layers.length === best.layers.length &&
        shape.layers.every(
          ({ layer, queries }, index) => layer === best.layers[index].layer && queries === best.layers[index].queries,
        );
      if (sameQueries && shapeCost(request, shape) <= limit) return shape;
    }
    this.#shapes.set(key, best);
    return best;
  }
}
