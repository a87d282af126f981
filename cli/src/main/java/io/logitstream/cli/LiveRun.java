package io.logitstream.cli;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.logitstream.cli.explore.Curves;
import io.logitstream.cli.page.PageSource;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;

/**
 * A command at work, for its page. What it holds is bounded: some hundred points of the curves of each student, and the
 * data of the last report. Safe for several threads.
 */
final class LiveRun implements PageSource {
  /**
   * The state now.
   *
   * @param state {@code running}, {@code finished} or {@code failed}
   * @param doing what it is at, or why it has failed
   * @param seconds since the start, to the end when it is over
   * @param secondsLeft estimate of what is left, null where there is none
   * @param version grows with each report
   * @param way where the data are, as {@code logitstream status} tells it
   * @param students all students
   */
  @JsonInclude(JsonInclude.Include.NON_NULL)
  private record View(String title, String command, String state, String doing, double seconds, Double secondsLeft,
      int version, List<StageStatus> way, List<LiveStudent.View> students) {}

  private static final ObjectMapper JSON = new ObjectMapper();

  private final String command;
  private final String title;
  private final Map<String, LiveStudent> students = new LinkedHashMap<>();
  private final long start = System.nanoTime();
  private long end;
  private String state = "running";
  private String doing = "starts";
  private int version;
  private byte[] report = bytes("null");
  private Supplier<List<StageStatus>> way = List::of;
  private Supplier<Double> left = () -> null;

  /**
   * A command that begins.
   *
   * @param command its name
   * @param title what it is at, for people
   */
  LiveRun(String command, String title) {
    this.command = command;
    this.title = title;
  }

  synchronized LiveStudent add(LiveStudent student) {
    students.put(student.id(), student);
    return student;
  }

  synchronized LiveStudent student(String id) {
    return students.get(id);
  }

  /** What it is doing now, in words. */
  synchronized void doing(String what) {
    doing = what;
  }

  /** Where the data are; asked when a page asks. */
  synchronized void way(Supplier<List<StageStatus>> positions) {
    way = positions;
  }

  /** Seconds that are left, null where that is unknown; asked when a page asks. */
  synchronized void left(Supplier<Double> seconds) {
    left = seconds;
  }

  /** There is a new report. */
  synchronized void report(String json) {
    report = bytes(json);
    version++;
  }

  /** Does the work, and notes how it has ended. */
  <T> T ending(Supplier<T> work, String how) {
    try {
      T result = work.get();
      over(true, how);
      return result;
    } catch (RuntimeException | Error e) {
      over(false, e.getMessage() == null ? e.toString() : e.getMessage());
      throw e;
    }
  }

  private synchronized void over(boolean well, String how) {
    end = System.nanoTime();
    state = well ? "finished" : "failed";
    doing = how;
    left = () -> null;
  }

  @Override
  public String title() {
    return title;
  }

  @Override
  public synchronized boolean isOver() {
    return !state.equals("running");
  }

  @Override
  public byte[] live() {
    Supplier<List<StageStatus>> positions;
    Supplier<Double> estimate;
    synchronized (this) {
      positions = way;
      estimate = left;
    }
    // The brokers are asked outside of the lock: a stage that reports its state does not wait for them.
    List<StageStatus> stages = positions.get();
    Double seconds = estimate.get();
    synchronized (this) {
      return json(new View(title, command, state, doing, ((isOver() ? end : System.nanoTime()) - start)
          / (double) TimeUnit.SECONDS.toNanos(1), seconds, version, stages,
          students.values().stream().map(LiveStudent::view).toList()));
    }
  }

  @Override
  public byte[] curves() {
    Map<String, Object> curves = new LinkedHashMap<>();
    synchronized (this) {
      students.forEach((id, student) -> {
        Map<String, List<Double>> values = student.curves();
        if (!values.isEmpty()) {
          curves.put(id, values);
        }
      });
    }
    return json(Map.of("curves", curves, "terms", Curves.TERMS.keySet(), "termNames", Curves.TERMS));
  }

  @Override
  public synchronized byte[] report() {
    return report;
  }

  private static byte[] json(Object value) {
    try {
      return JSON.writeValueAsBytes(value);
    } catch (JsonProcessingException e) {
      throw new IllegalStateException(e);
    }
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }
}
