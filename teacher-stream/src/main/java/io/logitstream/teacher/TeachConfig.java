package io.logitstream.teacher;

import io.logitstream.schemas.UsageException;

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
 */
public record TeachConfig(String id, String applicationId, Integer threads, String device, String codec,
    Boolean torchScript) {
  /** Fills in the defaults. */
  public TeachConfig {
    threads = threads == null ? 1 : threads;
    device = device == null ? "cpu" : device;
    codec = codec == null ? "compact-1" : codec;
    torchScript = torchScript != null && torchScript;
    if (threads < 1) {
      throw new UsageException("teach.threads " + threads + " is not positive");
    }
  }
}
