package io.logitstream.model.layers;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import io.logitstream.messages.ModelException;
import io.logitstream.model.LanguageModel;
import io.logitstream.model.config.ModelConfig;
import io.logitstream.model.libtorch.TorchScript;
import java.util.ArrayList;
import java.util.List;

/**
 * Keys and values of the positions that a model has seen, so that the next position costs its own products only and one
 * pass over the cache. Made by {@link LanguageModel#newCache}; for one thread.
 */
public final class KeyValueCache implements AutoCloseable {
    private final NDManager manager;
    private final TorchScript kernels;
    private final int rows;
    private final int capacity;
    private final List<NDArray> keys_BGLK = new ArrayList<>();
    private final List<NDArray> values_BGLK = new ArrayList<>();
    private long length;

    public KeyValueCache(NDManager manager, TorchScript kernels, ModelConfig config, int rows, int capacity) {
        this.manager = manager;
        this.kernels = kernels;
        this.rows = rows;
        this.capacity = capacity;
        Shape shape = new Shape(rows, config.keyValueHeads(), capacity, config.headSize());
        for (int layer = 0; layer < config.layers(); layer++) {
            keys_BGLK.add(manager.create(shape, DataType.FLOAT32));
            values_BGLK.add(manager.create(shape, DataType.FLOAT32));
        }
    }

    /** Positions held. */
    public long length() {
        return length;
    }

    public void requireRoom(long inputRows, long positions) {
        if (inputRows != rows || length + positions > capacity) {
            throw new ModelException("a cache for " + rows + " rows of " + capacity + " positions holds " + length
                    + " and has no room for " + positions + " more of " + inputRows + " rows");
        }
    }

    /**
     * Attention of a layer's next positions, queries and keys rotated, over all there are.
     *
     * @param window latest positions that a position sees, its own included, or 0 for all
     * @param cap bound of the scores, a scalar tensor, or null
     * @return [B, T, H * K]
     */
    NDArray attention(int layer, NDArray q_BTHK, NDArray k_BTGK, NDArray v_BTGK, long window, NDArray cap) {
        if (cap != null) {
            return kernels.run(
                            q_BTHK.getManager(),
                            "capped_attention_cached",
                            q_BTHK,
                            k_BTGK,
                            v_BTGK,
                            keys_BGLK.get(layer),
                            values_BGLK.get(layer),
                            length,
                            window,
                            cap)
                    .get(0);
        }
        return kernels.run(
                        q_BTHK.getManager(),
                        "attention_cached",
                        q_BTHK,
                        k_BTGK,
                        v_BTGK,
                        keys_BGLK.get(layer),
                        values_BGLK.get(layer),
                        length,
                        window)
                .get(0);
    }

    /** Counts positions as held, after the last layer has seen them. */
    public void advance(long positions) {
        length += positions;
    }

    /** Forgets all positions. */
    public void clear() {
        length = 0;
    }

    @Override
    public void close() {
        manager.close();
    }
}
