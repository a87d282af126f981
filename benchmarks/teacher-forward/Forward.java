import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import io.logitstream.model.LanguageModel;
import io.logitstream.model.LanguageModels;
import io.logitstream.model.libtorch.Torch;
import java.nio.file.Path;
import java.util.Arrays;

/** Tokens per second of logitstream's forward pass, logits included: FOLDER ROWS LENGTH THREADS SECONDS. */
final class Forward {
  public static void main(String[] args) {
    int rows = Integer.parseInt(args[1]);
    int length = Integer.parseInt(args[2]);
    Torch.start(Integer.parseInt(args[3]));
    long nanos = (long) (Double.parseDouble(args[4]) * 1e9);
    try (LanguageModel model = LanguageModels.load(Path.of(args[0]), "cpu"); NDManager scope = model.newScope()) {
      NDArray ids_BT = scope.arange((float) rows * length).mul(7919).mod(model.config().vocabularySize())
          .toType(DataType.INT64, true).reshape(new Shape(rows, length));
      pass(model, ids_BT);
      double[] seconds = new double[10_000];
      int passes = 0;
      for (long start = System.nanoTime(); System.nanoTime() - start < nanos || passes < 3; passes++) {
        long begin = System.nanoTime();
        pass(model, ids_BT);
        seconds[passes] = (System.nanoTime() - begin) / 1e9;
      }
      double[] sorted = Arrays.stream(seconds, 0, passes).sorted().toArray();
      System.out.printf("%.1f%n", rows * length / sorted[passes / 2]);
    }
  }

  private static void pass(LanguageModel model, NDArray ids_BT) {
    try (NDManager scope = model.newScope()) {
      NDArray ids = ids_BT.duplicate();
      ids.attach(scope);
      model.logits(ids);
    }
  }
}
