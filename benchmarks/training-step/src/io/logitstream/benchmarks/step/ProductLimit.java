package io.logitstream.benchmarks.step;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import io.logitstream.model.config.ModelConfig;
import io.logitstream.model.huggingface.WeightShapes;
import io.logitstream.model.libtorch.Torch;
import io.logitstream.model.libtorch.TorchScript;

/**
 * The time that a step would take if it were nothing but the matrix products of its linear layers, forward and backward,
 * on memory that is there already: what no implementation of the step can be faster than. The products of attention are
 * left out.
 */
final class ProductLimit {
  private static final int REPEATS = 3;
  // More rows at a time make the products no faster.
  private static final int HEAD_ROWS = 512;

  private ProductLimit() {}

  static double seconds(ModelConfig config, int tokens) {
    double[] sum = new double[1];
    WeightShapes.shapes(config).forEach((name, shape) -> {
      if (shape.dimension() == 2) {
        boolean head = name.equals(WeightShapes.output(config));
        // An embedding that is not the output head as well is looked up, not multiplied.
        if (head || shape.get(0) != config.vocabularySize()) {
          sum[0] += seconds(shape, tokens, head ? HEAD_ROWS : tokens);
        }
      }
    });
    return sum[0];
  }

  private static double seconds(Shape weight, int tokens, int chunk) {
    double best = Double.POSITIVE_INFINITY;
    try (NDManager scope = Torch.newScope("cpu");
        TorchScript kernels = TorchScript.load(scope, ProductLimit.class, "products.py")) {
      NDArray x_CD = scope.randomNormal(new Shape(Math.min(chunk, tokens), weight.get(1)));
      NDArray weight_FD = scope.randomNormal(weight);
      NDArray y_CF = scope.randomNormal(new Shape(x_CD.getShape().get(0), weight.get(0)));
      NDArray gradient_CD = x_CD.duplicate();
      NDArray weightGradient_FD = weight_FD.duplicate();
      for (int i = 0; i <= REPEATS; i++) {
        long start = System.nanoTime();
        for (int done = 0; done < tokens; done += chunk) {
          kernels.run(scope, "products", x_CD, weight_FD, y_CF, gradient_CD, weightGradient_FD);
        }
        best = i == 0 ? best : Math.min(best, (System.nanoTime() - start) / 1e9);
      }
    }
    return best;
  }
}
