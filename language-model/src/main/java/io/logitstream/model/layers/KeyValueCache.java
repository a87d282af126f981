package io.logitstream.model.layers;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import io.logitstream.messages.ModelException;
import io.logitstream.model.config.ModelConfig;
import io.logitstream.model.libtorch.TorchScript;
import java.util.ArrayList;
import java.util.List;

/**
 * Keys and values of the positions that a model has seen. With it the next position costs only its own products and
 * one pass over the cache. Created by {@code LanguageModel.newCache}; not safe for several threads.
 */
public final class KeyValueCache implements AutoCloseable {
    private final NDManager manager;
    private final TorchScript kernels;
    private final int rows;
    private final int capacity;
    private final List<NDArray> keys_BGLA = new ArrayList<>();
    private final List<NDArray> values_BGLA = new ArrayList<>();
    private long length;

    /**
     * An empty cache, whose memory is allocated here.
     *
     * @param manager scope of the cache; closed with it
     * @param kernels kernels of the decoder
     * @param config shape of the model
     * @param rows B, rows of the inputs
     * @param capacity L, most positions it can hold
     */
    public KeyValueCache(NDManager manager, TorchScript kernels, ModelConfig config, int rows, int capacity) {
        this.manager = manager;
        this.kernels = kernels;
        this.rows = rows;
        this.capacity = capacity;
        Shape shape = new Shape(rows, config.keyValueHeads(), capacity, config.headSize());
        for (int layer = 0; layer < config.layers(); layer++) {
            keys_BGLA.add(manager.create(shape, DataType.FLOAT32));
            values_BGLA.add(manager.create(shape, DataType.FLOAT32));
        }
    }

    /** Number of positions held. */
    public long length() {
        return length;
    }

    /**
     * Requires room for an input.
     *
     * @param inputRows rows of the input
     * @param positions positions of each row
     * @throws ModelException if the cache has another number of rows, or fewer free positions
     */
    public void requireRoom(long inputRows, long positions) {
        if (inputRows != rows || length + positions > capacity) {
            throw new ModelException("a cache for " + rows + " rows of " + capacity + " positions holds " + length
                    + " and has no room for " + positions + " more of " + inputRows + " rows");
        }
    }

    /**
     * Attention of a layer's next positions over these and all positions held; stores their keys and values.
     *
     * @param layer index of the layer
     * @param q_BTHA queries, rotated
     * @param k_BTGA keys, rotated
     * @param v_BTGA values
     * @param window number of latest positions that a position sees, including itself, or 0 for all
     * @param cap bound of the scores, a scalar tensor, or null
     * @return [B, T, H * A]
     */
    NDArray attention(int layer, NDArray q_BTHA, NDArray k_BTGA, NDArray v_BTGA, long window, NDArray cap) {
        if (cap != null) {
            return kernels.run(
                            q_BTHA.getManager(),
                            "capped_attention_cached",
                            q_BTHA,
                            k_BTGA,
                            v_BTGA,
                            keys_BGLA.get(layer),
                            values_BGLA.get(layer),
                            length,
                            window,
                            cap)
                    .get(0);
        }
        return kernels.run(
                        q_BTHA.getManager(),
                        "attention_cached",
                        q_BTHA,
                        k_BTGA,
                        v_BTGA,
                        keys_BGLA.get(layer),
                        values_BGLA.get(layer),
                        length,
                        window)
                .get(0);
    }

    /** Counts positions as held. Called once for an input, after its last layer. */
    public void advance(long positions) {
        length += positions;
    }

    /** Drops all positions. */
    public void clear() {
        length = 0;
    }

    @Override
    public void close() {
        manager.close();
    }
}
