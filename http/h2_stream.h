// One stream of an HTTP/2 connection, either side of it: what arrived and was not read yet, what is
// on its way out, and how it ended. H2ServerStream and H2ClientStream give it the shape of the
// message model. Belongs to one worker.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "base/result.h"
#include "base/secret.h"
#include "base/task.h"
#include "http/h2_fields.h"
#include "http/h2_session.h"
#include "http/message.h"
#include "tls/deadline.h"
#include "tls/event.h"

namespace wif::http {

class H2Stream {
 public:
  explicit H2Stream(H2Session& session);
  // Leaves the connection; an exchange that is not over must be reset() before.
  ~H2Stream();
  H2Stream(const H2Stream&) = delete;
  H2Stream& operator=(const H2Stream&) = delete;

  // At most one coroutine reads and one writes at a time.
  Task<Result<Chunk>> read();
  bool ready() const { return !received_.empty() || end_received_ || closed_ || abandoned_; }
  const Headers& trailers() const { return trailers_; }
  void set_trailers(Headers trailers) { trailers_ = std::move(trailers); }
  // Whether all of the body was read.
  bool read_to_end() const { return read_to_end_; }
  // What arrives from now on is of no use: ends a read that is waiting.
  void abandon_reading();

  // Return when the connection has taken the bytes.
  Task<Result<void>> write(std::string_view bytes, bool last);
  Task<Result<void>> finish(const Headers& trailers);
  // Returns when our end of the stream is on its way, or the stream is closed.
  Task<void> end_leaves();
  // RST_STREAM, unless the stream is closed.
  void reset(std::uint32_t code);

  // Opens it with this head, or answers on it. False: the connection takes no more. `encoded_field`
  // is one more field in HPACK's form, see H2Authorization; null: there is none.
  bool submit_request(const H2FieldList& fields, bool last,
                      std::shared_ptr<const Secret> encoded_field);
  bool submit_response(const H2FieldList& fields, bool last);
  bool submit_interim(const H2FieldList& fields);

  // The field section that arrives; `on_section` is called when one is complete, inside nghttp2,
  // and says whether the stream may go on.
  H2FieldSection section;
  std::function<bool(bool end_of_stream)> on_section;
  // Called from the loop when the peer ends the stream before its time, or the connection is lost.
  std::function<void()> on_gone;

  std::int32_t id() const { return id_; }
  H2Session& session() { return session_; }
  bool closed() const { return closed_; }
  bool end_received() const { return end_received_; }
  bool end_sent() const { return end_sent_; }
  // Whether nothing more comes or goes, or everything that does is on its way.
  bool over() const { return closed_ || (end_received_ && end_sent_); }
  // How the stream failed, as an error of this side of the proxy.
  Error failure(std::string_view doing) const;
  tls::Event& readable() { return readable_; }
  // Resets the stream when `limit` passes before the next call; zero = never.
  void limit_reading(std::chrono::milliseconds limit);

  // For H2Session; they only record.
  void open_as(std::int32_t id) { id_ = id; }
  void received_data(std::string_view bytes);
  void received_section(bool end_of_stream);
  void received_end();
  void closed_by(std::uint32_t code);
  void lost_connection();
  void end_left();
  std::shared_ptr<const Secret> take_encoded_field() { return std::move(encoded_field_); }
  ssize_t next_data(std::uint8_t* out, std::size_t size, std::uint32_t* flags);
  std::size_t place = 0;  // in the session's list

 private:
  Task<Result<void>> sent();
  void give_back();
  void grow_window();
  void expire();
  tls::Deadline& deadline(std::optional<tls::Deadline>& which);

  H2Session& session_;
  std::int32_t id_ = -1;

  tls::Event readable_;
  RecycledString received_;
  RecycledString handed_out_;  // the last Chunk
  std::size_t owed_ = 0;       // received, credit not yet returned
  std::size_t window_ = 0;     // what the peer may send ahead
  std::size_t since_grown_ = 0;
  bool starved_ = false;  // the reader had to wait
  Headers trailers_;
  bool end_received_ = false;
  bool read_to_end_ = false;
  bool abandoned_ = false;

  tls::Event writable_;
  std::shared_ptr<const Secret> encoded_field_;  // until the head is sent
  std::string_view outgoing_;
  bool outgoing_last_ = false;
  const Headers* outgoing_trailers_ = nullptr;
  bool end_sent_ = false;  // given to nghttp2
  bool end_left_ = false;  // and by it to the writer

  std::optional<tls::Deadline> read_deadline_;
  std::optional<tls::Deadline> write_deadline_;
  bool closed_ = false;
  bool connection_lost_ = false;
  bool unprocessed_ = false;
  bool expired_ = false;
  std::uint32_t close_code_ = NGHTTP2_NO_ERROR;
};

}  // namespace wif::http
