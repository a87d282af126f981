package io.logitstream.student;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import io.logitstream.model.Precision;
import io.logitstream.model.Torch;
import io.logitstream.model.TorchScript;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutorService;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.stream.IntStream;

/**
 * The products of the output weight and the softmax between them, tile by tile. Several tiles are dealt out to as many
 * threads as an operation has, each with its part of the vocabulary, its own sum of the hidden states' gradient and
 * operations that are its alone: they meet twice for each chunk of positions instead of in each operation.
 */
final class TiledSoftmax implements AutoCloseable {
  /** Tiles next to each other, of one thread; the hidden states' gradient is the sum over all lanes. */
  private record Lane(int index, int firstTile, long firstColumn, List<NDArray> weights,
      List<NDArray> weightGradients, NDArray hiddenGradient_ND) {
    <T> List<T> own(List<T> ofAllTiles) {
      return ofAllTiles.isEmpty() ? ofAllTiles : ofAllTiles.subList(firstTile, firstTile + weights.size());
    }
  }

  /**
   * What is known of a chunk after the products with the weight.
   *
   * @param p softmaxes over each tile, to be overwritten
   * @param tempered those of the tempered logits, or none
   * @param ids_CM kept tokens and the text's own
   * @param z_CM logits of these, a tensor for each lane, whose sum they are
   * @param logSums [C, tiles] of each lane
   * @param temperedLogSums [C, tiles] of each lane, or [C, 0]
   */
  record Chunk(NDArray h_CD, List<NDArray> p, List<NDArray> tempered, NDArray ids_CM, NDArray positions_C4,
      List<NDArray> z_CM, List<NDArray> logSums, List<NDArray> temperedLogSums) {}

  private final NDManager manager;
  private final TorchScript kernels;
  private final Tiling tiling;
  private final boolean half;
  private final int vocabularySize;
  private final int tiles;
  private final int laneCount;
  private final ExecutorService workers;
  private NDArray memory;
  private List<Lane> lanes = List.of();

  TiledSoftmax(NDManager parent, TorchScript kernels, Tiling tiling, int vocabularySize, Precision precision) {
    this.manager = parent.newSubManager();
    this.kernels = kernels;
    this.tiling = tiling;
    this.half = precision == Precision.BFLOAT16;
    this.vocabularySize = vocabularySize;
    this.tiles = Math.toIntExact((vocabularySize + tiling.columns() - 1) / tiling.columns());
    this.laneCount = manager.getDevice().isGpu() ? 1 : Math.min(tiles, Torch.threads());
    this.workers = laneCount == 1 ? null : Torch.workers(laneCount);
  }

  /**
   * Begins a batch.
   *
   * @param scope owner of what lives as long as the batch
   * @param weight_VD output weight
   * @param weightGradient_VD what the weight's gradient is added to
   * @param hidden_ND hidden states of all chunks
   */
  void begin(NDManager scope, NDArray weight_VD, NDArray weightGradient_VD, NDArray hidden_ND) {
    List<NDArray> weights = kernels.run(scope, "split", weight_VD, tiling.columns(), half);
    List<NDArray> gradients = kernels.run(scope, "split", weightGradient_VD, tiling.columns(), false);
    lanes = IntStream.range(0, laneCount).mapToObj(lane -> {
      int begin = tiles * lane / laneCount;
      int end = tiles * (lane + 1) / laneCount;
      return new Lane(lane, begin, begin * tiling.columns(), weights.subList(begin, end), gradients.subList(begin, end),
          scope.zeros(hidden_ND.getShape(), DataType.FLOAT32));
    }).toList();
  }

  /**
   * Logits and softmax of a chunk.
   *
   * @param scope owner of what lives as long as the chunk
   * @param chunk the most positions of a chunk
   * @param temper whether there is a softmax of tempered logits too
   * @param shown_CV memory for logits that are shown
   * @param logits is shown the logits before they are overwritten; null when nobody looks
   */
  Chunk forward(NDManager scope, NDArray h_CD, NDArray ids_CM, NDArray positions_C4, long chunk, boolean temper,
      NDArray shown_CV, Consumer<NDArray> logits) {
    NDArray memory = memory(chunk * vocabularySize * (temper ? 2 : 1));
    List<NDArray> p = tiles(scope, memory, 0, h_CD);
    List<NDArray> tempered = temper ? tiles(scope, memory, chunk * vocabularySize, h_CD) : List.of();
    if (logits != null) {
      onEachLane(lane -> kernels.run(scope, "all_logits", h_CD, lane.weights(), half, lane.own(p), lane.firstColumn(),
          shown_CV));
      logits.accept(shown_CV);
    }
    List<NDList> found = onEachLane(lane -> kernels.run(scope, "forward", h_CD, lane.weights(), half, logits != null,
        ids_CM, positions_C4, lane.own(p), lane.own(tempered), lane.firstColumn()));
    return new Chunk(h_CD, p, tempered, ids_CM, positions_C4, column(found, 0), column(found, 1), column(found, 2));
  }

  /**
   * Takes the gradient of a chunk's logits back into the hidden states and the weight.
   *
   * @param begin the chunk's first position
   * @param logSum_C1 logarithm of the sum over the vocabulary, and that of the tempered logits
   * @param factor_C1 factor of the softmax, and that of the tempered one; without columns where it is 1, or none
   * @param sparse_CM gradient of the entries
   * @param scale factor of the weight's gradient; that of the hidden states is left to {@link #hiddenGradient}
   */
  void backward(NDManager scope, Chunk chunk, long begin, NDArray logSum_C1, NDArray temperedLogSum_C1,
      NDArray factor_C1, NDArray temperedFactor_C1, NDArray sparse_CM, double scale) {
    String range = begin + ":" + (begin + chunk.h_CD().getShape().get(0));
    onEachLane(lane -> kernels.run(scope, "backward_all", lane.own(chunk.p()), chunk.logSums().get(lane.index()),
        logSum_C1, factor_C1, lane.own(chunk.tempered()), chunk.temperedLogSums().get(lane.index()),
        temperedLogSum_C1, temperedFactor_C1, chunk.ids_CM(), sparse_CM, chunk.h_CD(), lane.weights(), half, scale,
        lane.hiddenGradient_ND().get(range), lane.weightGradients(), lane.firstColumn(), tiles > 1));
  }

  /** Gradient of the batch's hidden states. */
  NDArray hiddenGradient(double scale) {
    NDArray sum_ND = lanes.get(0).hiddenGradient_ND();
    lanes.stream().skip(1).forEach(lane -> sum_ND.addi(lane.hiddenGradient_ND()));
    return sum_ND.muli(scale);
  }

  // All lanes have ended when this returns, also where one has failed: what they work on may be freed then.
  private <T> List<T> onEachLane(Function<Lane, T> work) {
    if (workers == null) {
      return List.of(work.apply(lanes.get(0)));
    }
    List<CompletableFuture<T>> results = lanes.stream()
        .map(lane -> CompletableFuture.supplyAsync(() -> work.apply(lane), workers)).toList();
    try {
      CompletableFuture.allOf(results.toArray(CompletableFuture[]::new)).join();
    } catch (CompletionException e) {
      throw e.getCause() instanceof RuntimeException cause ? cause : e;
    }
    return results.stream().map(CompletableFuture::join).toList();
  }

  private static List<NDArray> column(List<NDList> table, int index) {
    List<NDArray> column = new ArrayList<>();
    table.forEach(row -> column.add(row.get(index)));
    return column;
  }

  private List<NDArray> tiles(NDManager scope, NDArray memory, long first, NDArray h_CD) {
    List<NDArray> weights = lanes.stream().flatMap(lane -> lane.weights().stream()).toList();
    return kernels.run(scope, "tiles", memory, weights, first, h_CD.getShape().get(0));
  }

  private NDArray memory(long values) {
    if (memory == null || memory.size() < values) {
      if (memory != null) {
        memory.close();
      }
      memory = manager.create(new Shape(values));
    }
    return memory;
  }

  @Override
  public void close() {
    if (workers != null) {
      workers.shutdown();
    }
    manager.close();
  }
}
