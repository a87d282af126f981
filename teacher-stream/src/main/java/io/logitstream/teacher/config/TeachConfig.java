package io.logitstream.teacher.config;

import io.logitstream.messages.UsageException;
import io.logitstream.model.libtorch.Precision;

/**
 * Settings of the teacher stream.
 *
 * @param id name of the teacher in every record; by default the name of its folder
 * @param applicationId Kafka Streams application id, and so the consumer group; by default
 *     {@code logitstream-teach-} and the logits topic
 * @param threads stream threads, which share the one model; 1 by default
 * @param device {@code cpu} (the default) or {@code cuda:N}
 * @param codec how payloads are stored; {@code compact-1} by default, {@code plain} for columns of int32 and float32
 * @param torchScript whether the teacher may be a TorchScript file, which holds code that runs here; false by default
 * @param precision type of the layers' matrix products, float32 by default; bfloat16 for devices that gain from it
 * @param forwardMiB memory that one forward pass may take beyond the weights, 2048 by default: a batch with more rows
 *     than fit goes through in several passes
 */
public record TeachConfig(
        String id,
        String applicationId,
        Integer threads,
        String device,
        String codec,
        Boolean torchScript,
        Precision precision,
        Integer forwardMiB) {
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

    /** In float32, with the memory that is the default. */
    public TeachConfig(
            String id, String applicationId, Integer threads, String device, String codec, Boolean torchScript) {
        this(id, applicationId, threads, device, codec, torchScript, null, null);
    }

    /** Rows of a batch that go through the model together. */
    public int rowsOfForward(int rows, long bytesPerRow) {
        return (int) Math.max(1, Math.min(rows, ((long) forwardMiB << 20) / bytesPerRow));
    }

    /** Consumer group of the teacher stream that writes a logits topic. */
    public String group(String logitsTopic) {
        return applicationId != null ? applicationId : "logitstream-teach-" + logitsTopic;
    }
}
