package io.logitstream.teacher;

import io.logitstream.model.ModelException;
import io.logitstream.schemas.LogitstreamException;
import io.logitstream.schemas.Teacher;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.function.Consumer;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.errors.WakeupException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Follows the announcements and changes the teacher. A teacher that cannot be used is refused in the log, and the one
 * before goes on. A new one is loaded beside the old one, so that for this time there is memory for both to be had.
 */
final class TeacherWatch implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(TeacherWatch.class);
  private static final Duration POLL = Duration.ofSeconds(1);

  private final AnnouncementTopic topic;
  private final CurrentTeacher current;
  private final TeachConfig config;
  private final SelectionConfig selection;
  private final Consumer<TeacherModel> requirement;
  private final TeachListener listener;
  private final Thread thread = new Thread(this::follow, "teacher-announcements");
  private volatile boolean stopped;

  /**
   * @param topic announcements, closed here
   * @param current teacher to be changed
   * @param config how teachers are loaded
   * @param selection which logits are kept
   * @param requirement throws for a teacher that the stream cannot go on with
   * @param listener hears of each change
   */
  TeacherWatch(AnnouncementTopic topic, CurrentTeacher current, TeachConfig config, SelectionConfig selection,
      Consumer<TeacherModel> requirement, TeachListener listener) {
    this.topic = topic;
    this.current = current;
    this.config = config;
    this.selection = selection;
    this.requirement = requirement;
    this.listener = listener;
  }

  /** Takes the last usable teacher that has been announced before, if there is one, and follows from there. */
  void start() {
    List<AnnouncementTopic.Entry> before = topic.readToEnd();
    for (int i = before.size() - 1; i >= 0 && !take(before.get(i)); i--) {
      LOG.warn("{}: the announcement before it is tried", before.get(i).address());
    }
    thread.setDaemon(true);
    thread.start();
  }

  private void follow() {
    try {
      while (!stopped) {
        topic.poll(POLL).forEach(this::take);
      }
    } catch (WakeupException e) {
      LOG.debug("closed");
    } catch (KafkaException e) {
      LOG.error("announcements of teachers cannot be read any more, the teacher stays: {}", e.getMessage());
    }
  }

  private boolean take(AnnouncementTopic.Entry entry) {
    try {
      TeacherAnnouncement announced = TeacherAnnouncement.of(entry.value());
      try (CurrentTeacher.Lease lease = current.hold()) {
        Teacher now = lease.teacher().identity();
        if (new Teacher(announced.id(), announced.weightsHash(), announced.trainingStep()).equals(now)) {
          return true;
        }
        TeacherModel next = load(announced, lease.teacher());
        current.change(next);
        listener.onTeacher(next.identity());
      }
      return true;
    } catch (LogitstreamException | ModelException e) {
      LOG.error("{}: the teacher is not changed: {}", entry.address(), e.getMessage());
      return false;
    }
  }

  private TeacherModel load(TeacherAnnouncement announced, TeacherModel now) {
    TeacherModel next = TeacherModel.load(Path.of(announced.path()), announced.id(), announced.trainingStep(), config,
        selection);
    try {
      if (!next.identity().getWeightsHash().equals(announced.weightsHash())) {
        throw new LogitstreamException(announced.path() + " has weights " + next.identity().getWeightsHash() + ", but "
            + announced.weightsHash() + " were announced");
      }
      if (!next.tokenizerHash().equals(now.tokenizerHash()) || next.vocabularySize() != now.vocabularySize()) {
        throw new LogitstreamException(announced.path() + " has tokenizer " + next.tokenizerHash() + " of vocabulary "
            + next.vocabularySize() + ", but the stream's is " + now.tokenizerHash() + " of vocabulary "
            + now.vocabularySize());
      }
      requirement.accept(next);
      return next;
    } catch (RuntimeException e) {
      next.close();
      throw e;
    }
  }

  @Override
  public void close() {
    stopped = true;
    topic.wakeUp();
    try {
      thread.join();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    topic.close();
  }
}
