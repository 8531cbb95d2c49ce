// Trainer: a network, its data, its loss and its optimizer, one step at a time; checkpoints from which it goes on as if
// it had never stopped.
#pragma once

#include <chrono>
#include <cmath>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "icolorit/models/self_check.hpp"
#include "icolorit/training/communicator.hpp"
#include "icolorit/training/drop_path_factors.hpp"
#include "icolorit/training/feed.hpp"
#include "icolorit/training/gradient_sum.hpp"
#include "icolorit/training/schedule.hpp"
#include "icolorit/training/trained_parameters.hpp"
#include "icolorit/training/trainer_config.hpp"
#include "icolorit/training/training_network.hpp"
#include "icolorit/training/training_settings.hpp"
#include "icolorit/training/training_state.hpp"

namespace icolorit {

/// What one step did.
struct StepReport {
  LoaderPosition position;   ///< of its batch
  double loss = 0;           ///< mean over the batch, before the update
  double gradient_norm = 0;  ///< before clipping
  double rate = 0;           ///< learning rate
  bool skipped = false;      ///< loss or gradient was not finite: no update
};

/// Trains on a data set, which must outlive it. Every result is a function of data, settings and initial weights: it
/// depends neither on the loader's threads nor on interruptions. Several ranks train one network together: each
/// computes its share of every batch, and all apply the same update, that of one rank with the whole batch up to
/// rounding. Where T is a 16-bit type the network computes in it, see TrainedParameters.
/// Thread-safety: one thread at a time.
template <class B, Dataset D, class L, class T = float>
  requires TrainingBackend<B, T> && ProvidesLoss<B, T, L>
class Trainer {
 public:
  /// What the optimizer keeps, and files hold.
  using Sum = Accumulator<T>;

  /// Starts from random weights of the loader's seed. The loader's pictures get the network's size. Throws
  /// ArgumentError for impossible settings.
  Trainer(const D& dataset, TrainerConfig config, LoaderConfig loader, L loss = {},
          typename B::Context context = typename B::Context(),
          std::shared_ptr<Communicator> communicator = std::make_shared<SingleRank>())
      : communicator_(std::move(communicator)),
        config_(checked(std::move(config))),
        settings_(training_settings(config_, loader, dataset, precision())),
        seed_(loader.seed),
        loss_(std::move(loss)),
        context_(std::move(context)),
        network_(context_, config_.network, part_size(loader.batch), config_.recompute),
        trained_(context_, network_, config_, seed_),
        gradient_sum_(*communicator_, trained_.size()),
        drop_path_(config_.network.depth, network_.batch(), config_.drop_path, loader.seed),
        source_(batch_source<B, T>(context_, dataset, own(std::move(loader)))) {
    state_.scale = LossScale::initial<T>();
    set_parameters(random_parameters(config_.network, seed_));
  }

  const TrainerConfig& config() const { return config_; }
  const TrainingState& state() const { return state_; }
  const SkipReport& skipped_pictures() const { return source_.skipped(); }
  Index steps_per_epoch() const { return source_.steps_per_epoch(); }
  /// Pictures of a step, on all ranks together.
  Index batch() const { return communicator_->size() * config_.parts * network_.batch(); }
  Communicator& communicator() { return *communicator_; }
  const Communicator& communicator() const { return *communicator_; }
  /// The learning rate of the next step. Throws ArgumentError where the training is complete.
  double next_rate() const { return rate_schedule().at(step_number(state_.next)); }
  /// Memory in bytes: parameters, gradients and what the optimizer keeps; one pass forward and backward; the loader.
  Index parameter_bytes() const { return trained_.bytes(); }
  Index workspace_bytes() const { return network_.workspace_bytes(); }
  Index loader_bytes() const { return source_.bytes(); }

  /// Other weights than random ones, before the first step.
  void set_parameters(const ParameterBuffer<IColoriT, float>& parameters) {
    const TensorView<const float, 1> from = parameters.flat();
    expect_shape("Trainer.set_parameters", "parameters", from, network_.parameters().flat().extents());
    Buffer<Sum> values(from.extent(0));
    for (Index i = 0; i < values.size(); ++i) values.data()[i] = static_cast<Sum>(from[i]);
    trained_.set(context_, std::as_const(values).view());
  }

  /// The next batch, forward, backward and, where everything is finite, an update. Throws DivergedError after too many
  /// steps in a row that were not, and what the data set throws.
  StepReport step() {
    const auto start = std::chrono::steady_clock::now();
    const auto batch = source_.next();
    const Index number = step_number(batch.position);
    StepReport report{batch.position, 0, 0, rate_schedule().at(number), false};
    network_.clear_gradients(context_);
    const auto parts = static_cast<double>(communicator_->size() * config_.parts);
    const double scale = state_.scale.factor;
    for (Index part = 0; part < config_.parts; ++part) {
      const auto of_part = [&](auto view) { return view.narrowed(0, part * network_.batch(), network_.batch()); };
      const auto weights = batch.weights.empty() ? batch.weights : of_part(batch.weights);
      const Index place =
          batch.position.step * this->batch() + (communicator_->rank() * config_.parts + part) * network_.batch();
      report.loss += accumulate(of_part(batch.colors), of_part(batch.mask), weights,
                                drop_path_(context_, batch.position.epoch, place), scale) /
                     parts;
    }
    communicator_->sum(std::span(&report.loss, 1));
    const auto gradients = trained_.gradients(context_);
    gradient_sum_(context_, *communicator_, gradients);
    report.gradient_norm = trained_.norm(context_, gradients) / (parts * scale);
    report.skipped = !std::isfinite(report.loss) || !std::isfinite(report.gradient_norm);
    if (!report.skipped) {
      const double clipping = clipping_factor(report.gradient_norm, config_.clip);
      trained_.step(context_, gradients, report.rate, decay_schedule().at(number), clipping / (parts * scale));
    }
    state_.scale.template update<T>(!report.skipped);
    count(report, std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count());
    return report;
  }

  /// Puts the running epoch, which must be due, into the history with these scores.
  void complete_epoch(std::vector<ValidationScore> scores) {
    EpochRecord record = state_.running;
    const Index updates = steps_per_epoch() - record.skipped;
    record.loss /= static_cast<double>(updates);  // NaN where every step was skipped
    record.scores = std::move(scores);
    state_.history.push_back(std::move(record));
  }

  /// Keeps what the scores are to be compared with, for the checkpoints.
  void keep_reference(ReferenceScores reference) { state_.reference = std::move(reference); }

  /// The network as others use it: the average where one is kept, changed by the adapter where one is trained, with the
  /// configuration and a self-check sample in the metadata. The tensors are in the returned file's own memory.
  TensorFile weights() {
    TensorFile file = trained_.weights(context_);
    file.metadata = weights_metadata(config_.network);
    file.metadata["icolorit.epoch"] = concat(state_.next.epoch);
    if constexpr (std::is_same_v<Sum, float>)
      file.metadata[std::string(self_check_key)] =
          format_self_check(self_check_sample(std::make_shared<const Model<B, float>>(file)));
    return file;
  }

  /// The adapter alone, for `write_adapter`; no tensors where none is trained.
  TensorFile adapter() { return trained_.adapter(context_); }

  /// Everything from which `restore` goes on: the parameters by their published names, so that the file serves as
  /// weights too, and the optimizer's and the training's state beside them.
  TensorFile checkpoint() {
    TensorFile file = trained_.state(context_);
    file.metadata = weights_metadata(config_.network);
    file.metadata[std::string(state_key)] = format_state(state_);
    file.metadata[std::string(settings_key)] = json::write(settings_);
    if (!config_.remarks.empty()) file.metadata[std::string(remarks_key)] = format_remarks(config_.remarks);
    return file;
  }

  /// Goes on from a checkpoint, whose settings load_settings reads. Where `epochs` differs, the schedules are planned
  /// anew over the new number and the rest of them is followed. Throws FormatError or WeightsError where the file is
  /// none, and ArgumentError, naming what differs, where another setting does; then nothing has changed.
  void restore(const TensorFile& file) {
    expect_settings(json::parse(checkpoint_text(file, settings_key)));
    TrainingState state = parse_state(checkpoint_text(file, state_key));
    expect_epochs_for(state.next);
    trained_.restore(context_, file, state.updates);
    source_.seek(state.next);
    state_ = std::move(state);
  }

 private:
  static TrainerConfig checked(TrainerConfig config) {
    config.validate();
    return config;
  }

  Index part_size(Index batch) const {
    const Index parts = communicator_->size() * config_.parts;
    if (batch < 1 || batch % parts != 0)
      throw ArgumentError(concat("Trainer: a batch of ", batch, " pictures in ", parts, " equal parts"));
    return batch / parts;
  }

  using Source = decltype(batch_source<B, T>(std::declval<typename B::Context>(), std::declval<const D&>(), {}));

  // E is T where the batch is in the backend's memory, else float.
  template <class E>
  double accumulate(TensorView<const E, 4> lab, TensorView<const E, 2> mask, TensorView<const E, 3> pixels,
                    std::span<const TransformerBlock::DropPath<T>> drop, double gradient_scale) {
    const LossWeights<E> weights{pixels, config_.hint_weight};
    if constexpr (RunsKernels<B>)
      return network_.accumulate_on_device(context_, lab, mask, loss_, drop, gradient_scale, weights);
    else
      return network_.accumulate(context_, lab, mask, loss_, drop, gradient_scale, weights);
  }

  /// For this rank's share of pictures of the network's size.
  LoaderConfig own(LoaderConfig loader) const {
    loader.augmentation.size = config_.network.size;
    loader.rank = communicator_->rank();
    loader.ranks = communicator_->size();
    return loader;
  }

  static std::string_view precision() { return keeps_master_parameters<T> ? name_of(dtype_of<T>) : ""; }

  // A training may be planned longer or shorter than it was; everything else must be the same.
  void expect_settings(const json::Value& theirs) const {
    std::string differences;
    for (const SettingDifference& difference : differing_settings(settings_, theirs))
      if (difference.name != "epochs")
        differences += concat(differences.empty() ? "" : ", ", difference.name, " is ", difference.own, " and was ",
                              difference.theirs);
    if (!differences.empty())
      throw ArgumentError(concat("a training goes on with the settings it began with; ", differences));
  }
  void expect_epochs_for(LoaderPosition next) const {
    const Index begun = next.epoch + (next.step > 0 ? 1 : 0);
    if (config_.epochs < begun)
      throw ArgumentError(concat("a training that is in epoch ", begun, " cannot be planned over ", config_.epochs));
  }

  Index step_number(LoaderPosition position) const { return position.epoch * steps_per_epoch() + position.step; }
  CosineSchedule rate_schedule() const {
    return {config_.rate, config_.final_rate, config_.epochs * steps_per_epoch(),
            config_.warmup_epochs * steps_per_epoch()};
  }
  CosineSchedule decay_schedule() const {
    return {config_.decay, config_.final_decay, config_.epochs * steps_per_epoch()};
  }

  void count(const StepReport& report, double seconds) {
    if (state_.running.epoch != report.position.epoch || report.position.step == 0) {
      state_.running = {};
      state_.running.epoch = report.position.epoch;
    }
    state_.next = source_.position();
    state_.updates = trained_.updates();
    state_.running.rate = report.rate;
    state_.running.seconds += seconds;
    if (!report.skipped) {
      state_.skipped_in_a_row = 0;
      state_.running.loss += report.loss;
      return;
    }
    ++state_.running.skipped;
    if (++state_.skipped_in_a_row > config_.max_skipped)
      throw DivergedError(concat("the loss or its gradient was not finite in ", state_.skipped_in_a_row,
                                 " steps in a row, the last at epoch ", report.position.epoch + 1, ", step ",
                                 report.position.step + 1, ": try a lower learning rate or clipping"));
  }

  const std::shared_ptr<Communicator> communicator_;
  const TrainerConfig config_;
  const json::Value settings_;
  const std::uint64_t seed_;
  const L loss_;
  typename B::Context context_;
  TrainingNetwork<B, T> network_;
  TrainedParameters<B, T> trained_;
  GradientSum<B, T> gradient_sum_;
  DropPathFactors<B, T> drop_path_;
  TrainingState state_;
  Source source_;
};

}  // namespace icolorit
