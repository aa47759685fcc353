// client: grpc-java, any gRPC service
// packages: io.grpc:grpc-netty-shaded:1.85.1 io.grpc:grpc-stub:1.85.1
// variables: JAVA_TOOL_OPTIONS
// caveat: a JVM reads no proxy variable and no PEM: JAVA_TOOL_OPTIONS and a trust store
// uses: grpc

import io.grpc.CallOptions;
import io.grpc.ManagedChannel;
import io.grpc.ManagedChannelBuilder;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.MethodDescriptor.MethodType;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.internal.GrpcUtil;
import io.grpc.stub.ClientCalls;
import io.grpc.stub.StreamObserver;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Iterator;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/** Every kind of call on the echo service, with no credential of its own. */
class JavaGrpc {
  /** Messages as they are, so that no code has to be generated. */
  static class Raw implements MethodDescriptor.Marshaller<byte[]> {
    @Override
    public InputStream stream(byte[] value) {
      return new ByteArrayInputStream(value);
    }

    @Override
    public byte[] parse(InputStream stream) {
      try {
        return stream.readAllBytes();
      } catch (IOException error) {
        throw new UncheckedIOException(error);
      }
    }
  }

  static final CallOptions LIMIT = CallOptions.DEFAULT.withDeadlineAfter(100, TimeUnit.SECONDS);
  static ManagedChannel channel;

  static void check(boolean good, String what) {
    if (!good) throw new IllegalStateException("wrong: " + what);
  }

  static MethodDescriptor<byte[], byte[]> method(String name, MethodType type) {
    return MethodDescriptor.<byte[], byte[]>newBuilder(new Raw(), new Raw())
        .setFullMethodName("wif.sandbox.Echo/" + name)
        .setType(type)
        .build();
  }

  static byte[] text(String value) {
    return value.getBytes(StandardCharsets.UTF_8);
  }

  static byte[] call(String name, byte[] request, CallOptions options) {
    return ClientCalls.blockingUnaryCall(channel, method(name, MethodType.UNARY), options, request);
  }

  static Iterator<byte[]> open(String name, byte[] request) {
    return ClientCalls.blockingServerStreamingCall(
        channel, method(name, MethodType.SERVER_STREAMING), LIMIT, request);
  }

  static void unary() {
    for (int size : new int[] {0, 1, 65536, 3_000_000}) {
      byte[] body = new byte[size];
      new Random(size).nextBytes(body);
      check(Arrays.equals(call("Unary", body, LIMIT), body), "unary of " + size + " bytes");
    }
  }

  static void serverStream() {
    long bytes = 0;
    Iterator<byte[]> messages = open("ServerStream", text("{\"count\":200,\"size\":50000}"));
    while (messages.hasNext()) bytes += messages.next().length;
    check(bytes == 10_000_000, bytes + " bytes");
  }

  /** Each message waits for the answer to the one before: nothing may be held back on the way. */
  static void bidi() throws Exception {
    CompletableFuture<Integer> end = new CompletableFuture<>();
    AtomicInteger turns = new AtomicInteger();
    @SuppressWarnings("unchecked")
    StreamObserver<byte[]>[] requests = new StreamObserver[1];
    requests[0] =
        ClientCalls.asyncBidiStreamingCall(
            channel.newCall(method("Bidi", MethodType.BIDI_STREAMING), LIMIT),
            new StreamObserver<byte[]>() {
              @Override
              public void onNext(byte[] answer) {
                int turn = turns.incrementAndGet();
                if (turn < 50) requests[0].onNext(text(String.valueOf(turn)));
                else requests[0].onCompleted();
              }

              @Override
              public void onError(Throwable error) {
                end.completeExceptionally(error);
              }

              @Override
              public void onCompleted() {
                end.complete(turns.get());
              }
            });
    requests[0].onNext(text("0"));
    check(end.get(100, TimeUnit.SECONDS) == 50, turns + " turns");
  }

  static void failure() {
    for (boolean after : new boolean[] {false, true}) {
      String request = "{\"code\":9,\"details\":\"not in this state\",\"after\":" + after + "}";
      try {
        open("Fail", text(request)).forEachRemaining(message -> {});
        check(false, "a good end");
      } catch (StatusRuntimeException error) {
        check(error.getStatus().getCode() == Status.Code.FAILED_PRECONDITION, error.toString());
        check(error.getStatus().getDescription().equals("not in this state"), error.toString());
        Metadata.Key<String> key = Metadata.Key.of("echo-trailer", Metadata.ASCII_STRING_MARSHALLER);
        check("text of a trailer".equals(error.getTrailers().get(key)), "trailers");
      }
    }
  }

  static void deadline() {
    try {
      CallOptions soon = CallOptions.DEFAULT.withDeadlineAfter(500, TimeUnit.MILLISECONDS);
      call("Wait", text("{\"seconds\":3}"), soon);
      check(false, "a call outlived its deadline");
    } catch (StatusRuntimeException error) {
      check(error.getStatus().getCode() == Status.Code.DEADLINE_EXCEEDED, error.toString());
    }
  }

  public static void main(String[] arguments) throws Exception {
    System.out.println("version: grpc-java " + GrpcUtil.getGrpcBuildVersion().getImplementationVersion());
    channel =
        ManagedChannelBuilder.forTarget("bigquerystorage.googleapis.com:443")
            .maxInboundMessageSize(Integer.MAX_VALUE)
            .build();
    unary();
    serverStream();
    bidi();
    failure();
    deadline();
    System.out.println("got: unary, server stream, bidi, failure, deadline");
    System.exit(0);
  }
}
