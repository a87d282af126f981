package io.logitstream.teacher.config;

import io.logitstream.messages.UsageException;
import io.logitstream.model.libtorch.Precision;

/**
 * Settings of the teacher stream.
 *
 * @param id name of the teacher in each record; by default the name of its folder
 * @param applicationId Kafka Streams application id, which is also the consumer group; by default
 *     {@code logitstream-teach-} and the name of the logits topic
 * @param threads stream threads, which share one model; 1 by default
 * @param device {@code cpu} (the default) or {@code cuda:N}
 * @param codec codec of the payloads: {@code compact-1} (the default), or {@code plain} for columns of int32 and
 *     float32; with {@code -supports} at the end, without statistics
 * @param torchScript whether the teacher may be a TorchScript file, whose code runs in this process; false by default
 * @param precision type of the teacher's matrices and of its layers' products: float32 (the default), or bfloat16 for
 *     half the memory
 * @param forwardMiB memory of one forward pass in MiB, without the weights; 2048 by default. A batch that needs more is
 *     processed in several passes, and in float32 on a CPU one that has many positions
 * @param server server that computes the logits in place of the teacher's weights; null (the default): none
 */
public record TeachConfig(
        String id,
        String applicationId,
        Integer threads,
        String device,
        String codec,
        Boolean torchScript,
        Precision precision,
        Integer forwardMiB,
        ServerConfig server) {
    /** Fills in the defaults. */
    public TeachConfig {
        threads = threads == null ? 1 : threads;
        device = device == null ? "cpu" : device;
        codec = codec == null ? "compact-1" : codec;
        torchScript = torchScript != null && torchScript;
        precision = precision == null ? Precision.FLOAT32 : precision;
        forwardMiB = forwardMiB == null ? 2048 : forwardMiB;
        if (forwardMiB < 1) {
            throw new UsageException("teach.forwardMiB " + forwardMiB + " is not positive");
        }
        if (threads < 1) {
            throw new UsageException("teach.threads " + threads + " is not positive");
        }
    }

    /** Settings of a teacher in this process. */
    public TeachConfig(
            String id,
            String applicationId,
            Integer threads,
            String device,
            String codec,
            Boolean torchScript,
            Precision precision,
            Integer forwardMiB) {
        this(id, applicationId, threads, device, codec, torchScript, precision, forwardMiB, null);
    }

    /** Settings with the default precision and memory. */
    public TeachConfig(
            String id, String applicationId, Integer threads, String device, String codec, Boolean torchScript) {
        this(id, applicationId, threads, device, codec, torchScript, null, null);
    }

    /**
     * Rows of a batch that are processed in one forward pass, at least 1.
     *
     * @param rows rows of the batch
     * @param bytesPerRow memory that a row needs
     */
    public int rowsOfForward(int rows, long bytesPerRow) {
        return (int) Math.max(1, Math.min(rows, ((long) forwardMiB << 20) / bytesPerRow));
    }

    /** Whether an amount of memory is within that of one forward pass. */
    public boolean fitsForward(long bytes) {
        return bytes <= (long) forwardMiB << 20;
    }

    /** Consumer group of the teacher stream that writes a logits topic. */
    public String group(String logitsTopic) {
        return applicationId != null ? applicationId : "logitstream-teach-" + logitsTopic;
    }
}
