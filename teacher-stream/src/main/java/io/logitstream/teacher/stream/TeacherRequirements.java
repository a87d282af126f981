package io.logitstream.teacher.stream;

import io.logitstream.messages.LogitstreamException;
import io.logitstream.messages.UsageException;
import io.logitstream.schemas.codec.LogitsBatches;
import io.logitstream.schemas.logits.LogitsCodec;
import io.logitstream.teacher.config.BatchShape;
import io.logitstream.teacher.config.SelectionConfig;
import io.logitstream.teacher.config.StreamSettings;
import io.logitstream.teacher.model.StreamTeacher;
import io.logitstream.teacher.model.SwitchableTeacher;
import java.util.Properties;
import java.util.concurrent.TimeUnit;

/** Requirements of a stream on its teacher, checked before the teacher processes its first record. */
public final class TeacherRequirements {
    private TeacherRequirements() {}

    /**
     * Requires that the largest batch with its logits fits into a record of the logits topic.
     *
     * @throws UsageException when it may not fit
     */
    static void requireRecordsFit(StreamSettings settings, LogitsCodec codec, StreamTeacher teacher) {
        // The support of top-p alone has no useful bound: the stream checks each record instead.
        if (teacher.selection().method().equals(SelectionConfig.TOP_P)) {
            return;
        }
        BatchShape shape = settings.shape();
        int maxKept = teacher.selection().maxKept(teacher.vocabularySize());
        long largest = LogitsBatches.maxRecordBytes(codec, shape.rows(), shape.contextLength() + 1, maxKept);
        if (largest > settings.maxRecordBytes()) {
            throw new UsageException(
                    "a batch of " + shape.rows() + " rows of " + shape.contextLength() + " tokens with up to "
                            + maxKept + " kept logits each can take " + largest + " bytes, but topic "
                            + settings.topics().logits() + " takes at most " + settings.maxRecordBytes()
                            + " (max.message.bytes); publish batches of fewer rows, or raise topics.maxRecordBytes");
        }
    }

    /**
     * Requires that an announced teacher can read batches as long as the ones of the topic so far: a batch that it
     * cannot read would stop the stream.
     *
     * @throws LogitstreamException when the context of the announced teacher is too short
     */
    public static void requireContext(StreamTeacher next, SwitchableTeacher current) {
        try (SwitchableTeacher.Lease lease = current.hold()) {
            next.requireContext(lease.teacher().longestContext());
        } catch (UsageException e) {
            throw new LogitstreamException(e.getMessage(), e);
        }
    }

    /**
     * Requires that an announced teacher is fast enough for the stream's time-outs, which were set for the first
     * teacher.
     *
     * @throws LogitstreamException when a batch takes too long
     */
    static void requireInTime(StreamTeacher next, BatchShape shape, Properties properties) {
        StreamProperties.requireInTime(properties, next.identity().getId(), batchMs(next, shape));
    }

    /** Measures the milliseconds that a teacher takes for the largest batch. */
    static long batchMs(StreamTeacher teacher, BatchShape shape) {
        return TimeUnit.NANOSECONDS.toMillis(teacher.measure(shape.rows(), shape.contextLength()));
    }
}
