package io.logitstream.teacher.announcement;

import io.logitstream.messages.LogitstreamException;
import io.logitstream.messages.Printable;
import io.logitstream.model.LanguageModels;
import io.logitstream.model.TorchScriptTrial;
import io.logitstream.model.huggingface.ModelWeights;
import io.logitstream.model.libtorch.OperationThreads;
import io.logitstream.model.libtorch.TorchScriptFile;
import io.logitstream.model.tokenizer.Tokenizer;
import io.logitstream.model.tokenizer.TokenizerVocabulary;
import io.logitstream.model.trial.ModelFailureText;
import io.logitstream.schemas.Teacher;
import io.logitstream.teacher.config.SelectionConfig;
import io.logitstream.teacher.config.TeachConfig;
import io.logitstream.teacher.model.StreamTeacher;
import io.logitstream.teacher.model.SwitchableTeacher;
import io.logitstream.teacher.model.TeachListener;
import io.logitstream.teacher.model.TeacherLoader;
import io.logitstream.teacher.model.TeacherModel;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.apache.kafka.common.errors.WakeupException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Follows the announcements of a stream and replaces its teacher. If an announced teacher cannot be used, the follower
 * logs an error and the stream keeps its teacher. The new teacher is loaded while the old one is in use, so both need
 * memory for that time.
 */
public final class AnnouncementFollower implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(AnnouncementFollower.class);
    private static final Duration POLL = Duration.ofSeconds(1);
    private static final Duration PAUSE = Duration.ofSeconds(5);

    private final AnnouncementTopic topic;
    private final SwitchableTeacher current;
    private final TeachConfig config;
    private final SelectionConfig selection;
    private final Consumer<TeacherModel> requirement;
    private final TeachListener listener;
    private final Thread thread = new Thread(this::follow, "teacher-announcements");
    private final OperationThreads threads = OperationThreads.current();
    private final CountDownLatch stopped = new CountDownLatch(1);

    /**
     * @param topic announcements; closed by {@link #close}
     * @param current the teacher to replace
     * @param config settings to load teachers with
     * @param selection which logits are kept
     * @param requirement throws for a teacher that the stream cannot use
     * @param listener notified of each change
     */
    public AnnouncementFollower(
            AnnouncementTopic topic,
            SwitchableTeacher current,
            TeachConfig config,
            SelectionConfig selection,
            Consumer<TeacherModel> requirement,
            TeachListener listener) {
        this.topic = topic;
        this.current = current;
        this.config = config;
        this.selection = selection;
        this.requirement = requirement;
        this.listener = listener;
    }

    /**
     * Switches to the last usable teacher announced so far, if there is one, and starts to follow later announcements.
     */
    public void start() {
        List<AnnouncementTopic.Entry> before = topic.readToEnd();
        boolean taken = before.isEmpty();
        Set<ByteBuffer> refused = new HashSet<>();
        for (int i = before.size() - 1; i >= 0 && !taken; i--) {
            byte[] value = before.get(i).value();
            if (value != null && refused.contains(ByteBuffer.wrap(value))) {
                continue;
            }
            taken = take(before.get(i));
            if (value != null) {
                refused.add(ByteBuffer.wrap(value));
            }
            if (!taken && i > 0) {
                LOG.warn("{}: trying the announcement before it", before.get(i).address());
            }
        }
        if (!taken) {
            LOG.warn(
                    "none of {} announcements can be used: the stream starts with its configured teacher",
                    before.size());
        }
        thread.setDaemon(true);
        thread.start();
    }

    // No announcement and no fault of the broker ends this thread. The client reconnects by itself; other errors are
    // logged once and retried.
    private void follow() {
        threads.adopt();
        String told = null;
        while (stopped.getCount() > 0) {
            try {
                topic.poll(POLL).forEach(this::take);
                if (told != null) {
                    LOG.warn("announcements of teachers can be read again");
                }
                told = null;
            } catch (WakeupException e) {
                LOG.debug("closed");
            } catch (Throwable e) {
                String fault = ModelFailureText.of(e);
                if (!fault.equals(told)) {
                    LOG.error(
                            "announcements of teachers cannot be read; the stream keeps its teacher and retries: {}",
                            fault);
                    LOG.debug("stack trace", e);
                }
                told = fault;
                pause();
            }
        }
    }

    private void pause() {
        try {
            stopped.await(PAUSE.toMillis(), TimeUnit.MILLISECONDS);
        } catch (InterruptedException e) {
            LOG.debug("interrupted", e);
        }
    }

    private boolean take(AnnouncementTopic.Entry entry) {
        TeacherAnnouncement announced = null;
        try {
            announced = entry.announcement();
            change(announced);
            return true;
        } catch (LogitstreamException e) {
            LOG.error("{}: the teacher is not changed: {}", entry.address(), e.getMessage());
        } catch (Throwable e) {
            LOG.error(
                    "{}: the teacher is not changed: {}{}",
                    entry.address(),
                    announced == null ? "" : Printable.of(announced.path()) + ": ",
                    ModelFailureText.of(e));
            LOG.debug("stack trace", e);
        }
        return false;
    }

    private void change(TeacherAnnouncement announced) {
        try (SwitchableTeacher.Lease lease = current.hold()) {
            if (!lease.teacher().isReplaceable()) {
                throw new LogitstreamException("the stream has a served teacher (teach.server), which an announcement"
                        + " cannot replace; restart the stream with another configuration");
            }
            Teacher now = lease.teacher().identity();
            if (!new Teacher(announced.id(), announced.weightsHash(), announced.trainingStep()).equals(now)) {
                TeacherModel next = load(announced, lease.teacher());
                current.change(next);
                listener.onTeacher(next.identity());
            }
        }
    }

    // Cheap checks come first. The tokenizer is loaded only if its ids are those of the current one, and then in a
    // child
    // process first unless its parts are well known: a broken tokenizer can crash the native library that reads it.
    private TeacherModel load(TeacherAnnouncement announced, StreamTeacher now) {
        Path path = announced.folder();
        String tokenizer = Tokenizer.hashOf(path);
        if (!tokenizer.equals(now.tokenizerHash())
                && !TokenizerVocabulary.read(path).identity().equals(now.vocabulary())) {
            throw new LogitstreamException(
                    path + " has tokenizer " + tokenizer + ", but the stream's is " + now.tokenizerHash());
        }
        if (!TorchScriptFile.isTorchScript(path)) {
            int vocabulary = LanguageModels.check(path, config.device(), config.precision())
                    .vocabularySize();
            if (vocabulary < now.vocabularySize()) {
                throw new LogitstreamException(path + " has a vocabulary of " + vocabulary + ", less than the "
                        + now.vocabularySize() + " of the stream's tokenizer");
            }
        }
        requireWeights(announced, ModelWeights.hash(path));
        if (TorchScriptFile.isTorchScript(path) && config.torchScript()) {
            TorchScriptTrial.require(path, config.device());
        }
        TeacherModel next = TeacherLoader.load(path, announced.id(), announced.trainingStep(), config, selection);
        try {
            requireWeights(announced, next.identity().getWeightsHash());
            requirement.accept(next);
            return next;
        } catch (Throwable e) {
            next.close();
            throw e;
        }
    }

    private static void requireWeights(TeacherAnnouncement announced, String hash) {
        if (!hash.equals(announced.weightsHash())) {
            throw new LogitstreamException(announced.path() + " has weights " + hash + ", but "
                    + announced.weightsHash() + " were announced; is it still being written?");
        }
    }

    @Override
    public void close() {
        stopped.countDown();
        topic.wakeUp();
        try {
            thread.join();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        topic.close();
    }
}
