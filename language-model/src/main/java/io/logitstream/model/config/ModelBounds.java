package io.logitstream.model.config;

import com.sun.management.OperatingSystemMXBean;
import io.logitstream.messages.ModelException;
import java.lang.management.ManagementFactory;
import java.nio.file.Path;

/** Sizes that no real model reaches, so that a folder is refused before anything is allocated for it. */
public final class ModelBounds {
    /** Most decoder layers; Llama 3.1 405B has 126. */
    public static final int MAX_LAYERS = 4096;
    /** Most tensors of a file; a dense model has some 12 a layer. */
    public static final int MAX_TENSORS = 100_000;
    /** Most files of a model; the largest published ones have some 200. */
    public static final int MAX_SHARDS = 2_000;
    /** Most dimensions of a tensor. */
    public static final int MAX_DIMENSIONS = 8;
    /** Highest token id + 1; the largest vocabularies have some 260,000 tokens. */
    public static final int MAX_VOCABULARY = 1 << 22;

    private ModelBounds() {}

    /**
     * Requires that a model's weights fit into the memory of this machine or container, whose size is known, where a
     * process that takes more is ended by the system without a word.
     *
     * @param folder the model, for the message
     * @param values number of weights, float32 each
     * @param device device they go to; only those of the {@code cpu} take this memory for good
     */
    public static void requireMemory(Path folder, double values, String device) {
        double needed = values * Float.BYTES;
        long present = ((OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean()).getTotalMemorySize();
        if (device.equals("cpu") && present > 0 && needed > present) {
            throw new ModelException(String.format(
                    "%s: its weights take %.1f GiB in float32, but this machine has %.1f GiB of" + " memory",
                    folder.toAbsolutePath(), needed / (1L << 30), (double) present / (1L << 30)));
        }
    }
}
