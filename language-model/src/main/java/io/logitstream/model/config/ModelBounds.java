package io.logitstream.model.config;

import com.sun.management.OperatingSystemMXBean;
import io.logitstream.messages.ModelException;
import io.logitstream.model.libtorch.Precision;
import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import java.util.Locale;

/** Sizes that no published model reaches. A folder beyond them is refused before memory is allocated for it. */
public final class ModelBounds {
    /** Largest number of decoder layers; Llama 3.1 405B has 126. */
    public static final int MAX_LAYERS = 4096;
    /** Largest number of tensors in a file; a dense model has about 12 for each layer. */
    public static final int MAX_TENSORS = 100_000;
    /** Largest number of weight files; the largest published models have about 200. */
    public static final int MAX_SHARDS = 2_000;
    /** Largest number of dimensions of a tensor. */
    public static final int MAX_DIMENSIONS = 8;
    /** Largest vocabulary size; the largest published vocabularies have about 260,000 tokens. */
    public static final int MAX_VOCABULARY = 1 << 22;

    private ModelBounds() {}

    /**
     * Requires that a model's weights fit into the memory of this machine or container. The system would end a
     * process that takes more, without a message.
     *
     * @param folder the model, for the message
     * @param bytes memory of all weights
     * @param precision type in which they are held, for the message
     * @param device {@code cpu} or {@code cuda:N}; only weights on the CPU are checked
     * @throws ModelException if they do not fit
     */
    public static void requireMemory(Path folder, double bytes, Precision precision, String device) {
        long present = ((OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean()).getTotalMemorySize();
        if (device.equals("cpu") && present > 0 && bytes > present) {
            throw new ModelException(String.format(
                    "%s: its weights take %.1f GiB in %s, but this machine has %.1f GiB of memory",
                    folder.toAbsolutePath(),
                    bytes / (1L << 30),
                    precision.name().toLowerCase(Locale.ROOT),
                    (double) present / (1L << 30)));
        }
    }
}
