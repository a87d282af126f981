package io.logitstream.cli.embedded;

import com.sun.net.httpserver.HttpServer;
import io.logitstream.schemas.LogitstreamException;
import java.io.IOException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/**
 * A schema registry for Avro schemas with the HTTP interface of Confluent's, on 127.0.0.1. It keeps its
 * schemas in the topic {@code _schemas} in Confluent's format. There must be one only per cluster.
 */
public final class EmbeddedRegistry implements AutoCloseable {

  private static final int THREADS = 4;

  private final HttpServer server;
  private final ExecutorService threads;
  private final RegistryTopic topic;
  private boolean closed;

  static {
    // Otherwise an answer on a connection in use waits 40 ms for the client's acknowledgement. Read by the
    // server's class when it is first used.
    if (System.getProperty("sun.net.httpserver.nodelay") == null) {
      System.setProperty("sun.net.httpserver.nodelay", "true");
    }
  }

  private EmbeddedRegistry(HttpServer server, ExecutorService threads, RegistryTopic topic) {
    this.server = server;
    this.threads = threads;
    this.topic = topic;
  }

  /**
   * Starts a registry with the schemas that are in the cluster, and creates their topic where it is missing.
   *
   * @param bootstrapServers of the cluster that keeps the schemas
   * @param port port on 127.0.0.1, 0 for any free one
   * @throws LogitstreamException if the port is in use or the topic cannot be read
   */
  public static EmbeddedRegistry start(String bootstrapServers, int port) {
    HttpServer server = bind(port);
    ExecutorService threads =
        Executors.newFixedThreadPool(THREADS, task -> daemon(task, "embedded-registry"));
    RegistryTopic topic = null;
    try {
      topic = new RegistryTopic(bootstrapServers);
      server.createContext("/", new RegistryHttp(new RegistryRoutes(new SubjectRegistry(topic))));
      server.setExecutor(threads);
      startAsDaemon(server);
      return new EmbeddedRegistry(server, threads, topic);
    } catch (RuntimeException | Error e) {
      server.stop(0);
      threads.shutdownNow();
      if (topic != null) {
        topic.close();
      }
      throw e;
    }
  }

  private static HttpServer bind(int port) {
    try {
      return HttpServer.create(LoopbackSockets.address(port), 0);
    } catch (IOException e) {
      throw LoopbackSockets.unavailable(port, e);
    }
  }

  /** The server's own thread is a daemon only if the thread that starts it is. */
  private static void startAsDaemon(HttpServer server) {
    CountDownLatch done = new CountDownLatch(1);
    daemon(() -> {
      server.start();
      done.countDown();
    }, "embedded-registry-start").start();
    try {
      done.await();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new LogitstreamException("interrupted while the embedded schema registry was starting", e);
    }
  }

  private static Thread daemon(Runnable task, String name) {
    Thread thread = new Thread(task, name);
    thread.setDaemon(true);
    return thread;
  }

  /** Address for clients. */
  public String url() {
    return "http://127.0.0.1:" + server.getAddress().getPort();
  }

  /** Stops at once; requests that are being answered may fail. May be called twice. */
  @Override
  public synchronized void close() {
    if (closed) {
      return;
    }
    closed = true;
    server.stop(0);
    threads.shutdownNow();
    topic.close();
  }
}
